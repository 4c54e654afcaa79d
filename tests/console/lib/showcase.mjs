// A host on which everything has happened that a page can show, and the places where it shows.

import assert from 'node:assert/strict'
import { call, create, ended, start } from './api.mjs'
import { DISTRIBUTED_MAP, INLINE_MAP, WAITING, items } from './machines.mjs'
import { Orders } from './order.mjs'

/** What the project's machine is called. */
const ORDER = 'order-fulfilment'

/**
 * @typedef {object} Place
 * @property {string} name of the file of its picture
 * @property {string} path
 */

export class Showcase {
  /** @type {Record<string, string>} ARNs of executions, by what they show */
  executions = {}
  /** @type {Record<string, string>} ARNs of machines, by their names */
  machines = {}
  /** ARN of the Map Run. */
  mapRun = ''

  /** @param {Orders} orders */
  constructor(orders) {
    this.orders = orders
    this.host = orders.host
  }

  /**
   * Starts a host, and has everything happen there.
   *
   * @param {{ iterations: number, children: number }} sizes of the Map within an execution, and of
   *   the one whose iterations are executions
   */
  static async start({ iterations, children }) {
    const showcase = new Showcase(await Orders.start())
    await showcase.#orders()
    await showcase.#others(iterations, children)
    return showcase
  }

  /** The example, run in all its ways. */
  async #orders() {
    const { orders, host } = this
    const { stateMachines } = await call(host, 'ListStateMachines', {})
    const machine = stateMachines.find((/** @type {any} */ it) => it.name === ORDER)
    this.machines.order = machine.stateMachineArn
    const all = [
      { shows: 'paid', input: 'good', error: undefined },
      { shows: 'declined', input: 'declined', error: 'Payments.CardDeclined' },
      { shows: 'mail-server-down', input: 'mail-server-down', error: undefined },
      { shows: 'processor-down', input: 'processor-down', error: 'Payments.ProcessorUnavailable' },
      {
        shows: 'bookkeeping-down',
        input: 'bookkeeping-down',
        error: 'Email.TemporarilyUnavailable',
      },
    ]
    for (const { shows, input } of all) {
      const order = await orders.input(input)
      this.executions[shows] = await start(host, machine.stateMachineArn, shows, order)
    }
    for (const { shows, error } of all) {
      const executionArn = this.executions[shows] ?? ''
      await ended(host, executionArn)
      const { error: told } = await call(host, 'DescribeExecution', { executionArn })
      assert.equal(told, error, `${shows} did not end as it is to be shown: ${host.log}`)
    }
  }

  /**
   * @param {number} iterations
   * @param {number} children
   */
  async #others(iterations, children) {
    const { host, executions } = this
    const waiting = await create(host, 'reminders', WAITING)
    this.machines.reminders = waiting
    executions.running = await start(host, waiting, 'waits-for-tomorrow')
    await this.#publish(waiting)
    const inline = await create(host, 'look-at-items', INLINE_MAP)
    const within = await start(host, inline, 'inline-map', items(iterations))
    executions.inline = within
    const distributed = await create(host, 'import-items', DISTRIBUTED_MAP)
    const executionArn = await start(host, distributed, 'distributed-map', items(children))
    executions.distributed = executionArn
    await ended(host, within)
    await ended(host, executionArn)
    this.mapRun = (await call(host, 'ListMapRuns', { executionArn })).mapRuns[0].mapRunArn
  }

  /**
   * Two versions of a machine, and an alias that leads to both.
   *
   * @param {string} stateMachineArn
   */
  async #publish(stateMachineArn) {
    const routes = []
    for (const [Comment, weight] of /** @type {const} */ ([
      ['Waits for a day.', 90],
      ['Waits for a day, as it did.', 10],
    ])) {
      const definition = JSON.stringify({ ...WAITING, Comment })
      const request = { stateMachineArn, definition, publish: true }
      const { stateMachineVersionArn } = await call(this.host, 'UpdateStateMachine', request)
      routes.push({ stateMachineVersionArn, weight })
    }
    const alias = { name: 'live', description: 'What customers get.', routingConfiguration: routes }
    await call(this.host, 'CreateStateMachineAlias', alias)
  }

  stop() {
    return this.orders.stop()
  }

  /**
   * Where there is something to look at.
   *
   * @returns {Place[]}
   */
  places() {
    const { machines, executions } = this
    const machine = (/** @type {string} */ name, more = '') =>
      `/console/machines/${encodeURIComponent(machines[name] ?? '')}${more}`
    const execution = (/** @type {string} */ name, more = '') =>
      `/console/executions/${encodeURIComponent(executions[name] ?? '')}${more}`
    return [
      { name: 'machines', path: '/console/machines' },
      { name: 'machine', path: machine('order') },
      { name: 'machine-executions', path: machine('order', '?tab=executions') },
      { name: 'machine-versions', path: machine('reminders', '?tab=versions') },
      { name: 'start', path: machine('order', '/start') },
      { name: 'executions', path: '/console/executions' },
      { name: 'executions-none', path: '/console/executions?name=none' },
      { name: 'map-run', path: `/console/executions?mapRun=${encodeURIComponent(this.mapRun)}` },
      { name: 'execution-paid', path: execution('paid') },
      { name: 'execution-declined', path: execution('declined') },
      { name: 'execution-failed', path: execution('bookkeeping-down') },
      { name: 'execution-retried', path: execution('mail-server-down') },
      { name: 'execution-running', path: execution('running') },
      { name: 'execution-timeline', path: execution('mail-server-down', '?tab=timeline') },
      { name: 'execution-events', path: execution('mail-server-down', '?tab=events') },
      { name: 'execution-inline-map', path: execution('inline') },
      { name: 'execution-distributed-map', path: execution('distributed') },
      { name: 'plugins', path: '/console/plugins' },
      { name: 'plugin', path: '/console/plugins/payments' },
      { name: 'plugin-email', path: '/console/plugins/email' },
      { name: 'health', path: '/console/health' },
      { name: 'nowhere', path: '/console/nowhere' },
    ]
  }
}
