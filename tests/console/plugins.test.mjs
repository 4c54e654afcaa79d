// Plugins: what they may touch, what their tasks take, and what they used.

import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { call, ended, start } from './lib/api.mjs'
import { holds } from './lib/checks.mjs'
import { settled, shows } from './lib/wait.mjs'
import { orders, visit } from './lib/shared.mjs'

describe('plugins', () => {
  /** @type {import('./lib/host.mjs').Host} */
  let host
  /** @type {(name: string) => Promise<string>} */
  let run
  before(async () => {
    const shop = await orders()
    host = shop.host
    const { stateMachines } = await call(host, 'ListStateMachines', {})
    const machine = stateMachines.find((/** @type {any} */ it) => it.name === 'order-fulfilment')
    const input = await shop.input('good')
    run = async (name) => ended(host, await start(host, machine.stateMachineArn, name, input))
  })

  /**
   * @param {import('playwright-core').Page} page
   * @param {string} name
   */
  const part = (page, name) => page.getByRole('region', { name, exact: true })

  test('the list has those of the project, and finds one by its name', async (t) => {
    const page = await visit(t, host)
    await page.goto('/console/plugins')
    const { plugins } = await call(host, 'Stepwell.ListPlugins', {})
    const rows = page.getByRole('table').getByRole('rowheader')
    await shows(rows, plugins.length)
    await page.getByRole('searchbox', { name: 'Find a plugin' }).fill('pay')
    await shows(rows, 1)
    await page.waitForURL(/find=pay/)
    await page.getByRole('link', { name: 'payments' }).click()
    await page.getByRole('heading', { level: 1, name: 'payments' }).waitFor()
  })

  test('a plugin says what it cannot do, and what it can', async (t) => {
    const page = await visit(t, host)
    await page.goto('/console/plugins/payments')
    const touches = part(page, 'What it may touch')
    await touches.getByRole('listitem').filter({ hasText: 'send HTTP requests' }).waitFor()
    await touches.getByText('only work on the input it is given').waitFor()
    await page.goto('/console/plugins/email')
    await touches
      .getByRole('listitem')
      .filter({ hasText: /open connections to 127/ })
      .waitFor()
    const secrets = touches.getByRole('row').filter({ hasText: 'smtp-password' })
    await secrets.getByText('Wanted, not granted').waitFor()
  })

  test('a task shows its schemas as a table and as they are, and the address keeps it', async (t) => {
    const page = await visit(t, host)
    await page.goto('/console/plugins/payments')
    const tasks = part(page, 'Tasks')
    await tasks.getByRole('button', { name: 'charge' }).click()
    const input = tasks.getByRole('region', { name: 'Input of charge', exact: true })
    await input.getByRole('row').filter({ hasText: 'card' }).getByText('tok_declined').waitFor()
    await tasks.getByRole('button', { name: 'Input of charge as JSON Schema' }).click()
    const text = await tasks.getByRole('region', { name: /its JSON Schema/ }).textContent()
    const { taskList } = await call(host, 'Stepwell.DescribePlugin', { name: 'payments' })
    const { inputSchema } = taskList.find((/** @type {any} */ it) => it.name === 'charge')
    assert.deepEqual(JSON.parse(text ?? ''), inputSchema)
    await page.reload()
    await input.waitFor()
    await holds(page)
  })

  test('what it used shows, and how far from its limits that is', async (t) => {
    const page = await visit(t, host)
    const watched = page.waitForResponse(
      (it) => it.request().headers()['x-amz-target'] === 'Stepwell.Watch',
    )
    await page.goto('/console/plugins/payments?range=1h')
    await watched
    await run('for-plugins')
    await part(page, 'Use').getByRole('row').filter({ hasText: 'payments/charge' }).waitFor()
    const fuel = part(page, 'Limits of a call').getByRole('listitem').filter({ hasText: 'Fuel' })
    await fuel.getByText(/used at most in the last day/).waitFor()
  })

  test('it is told that there is no such plugin', async (t) => {
    const page = await visit(t, host, { refusals: [/DescribePlugin/] })
    await page.goto('/console/plugins/none')
    await page.getByRole('alert').filter({ hasText: 'There is no plugin' }).waitFor()
    await settled(page)
    await page.getByRole('main').getByRole('link', { name: 'Plugins' }).click()
    await page.getByRole('heading', { level: 1, name: 'Plugins' }).waitFor()
  })
})
