// What of a graph is in view, and how a timeline shows a loop.

import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { call, create, ended, start } from './lib/api.mjs'
import { holds } from './lib/checks.mjs'
import { orders, visit } from './lib/shared.mjs'
import { shows } from './lib/wait.mjs'

/**
 * So many states, one after the other.
 *
 * @param {number} length
 * @param {Record<string, unknown>} last
 */
const chain = (length, last) => ({
  StartAt: 'Step0',
  States: Object.fromEntries(
    Array.from({ length }, (_, at) => [
      `Step${at}`,
      at < length - 1 ? { Type: 'Pass', Next: `Step${at + 1}` } : last,
    ]),
  ),
})
const FAILING = chain(30, {
  Type: 'Fail',
  Error: 'Steps.Ended',
  Cause: 'None is left.',
})
const RUNNING = chain(30, { Type: 'Wait', Seconds: 86_400, End: true })

/** A Parallel of so many branches, wider than any screen, which is behind other states. */
const WIDE = chain(12, {
  Type: 'Parallel',
  Branches: Array.from({ length: 9 }, (_, at) => ({
    StartAt: `Branch${at}`,
    States: { [`Branch${at}`]: { Type: 'Pass', End: true } },
  })),
  End: true,
})

/** Counts to a thousand. */
const LOOP = {
  StartAt: 'Begin',
  States: {
    Begin: { Type: 'Pass', Result: { n: 0 }, Next: 'Check' },
    Check: {
      Type: 'Choice',
      Choices: [{ Variable: '$.n', NumericLessThan: 1000, Next: 'Inc' }],
      Default: 'Done',
    },
    Inc: {
      Type: 'Pass',
      Parameters: { 'n.$': 'States.MathAdd($.n, 1)' },
      Next: 'Check',
    },
    Done: { Type: 'Succeed' },
  },
}

/** @param {string} arn */
const address = (arn, query = '') => `/console/executions/${encodeURIComponent(arn)}${query}`

/**
 * Waits until what it is told to find is within the graph's plane as a whole, for all that moves.
 *
 * @param {import('playwright-core').Page} page
 * @param {string} selector
 */
const inView = (page, selector) =>
  page.waitForFunction((selector) => {
    const element = document.querySelector(selector)
    const plane = element?.closest('[aria-label="Graph of the definition"]')
    if (!element || !plane || plane.scrollLeft || plane.scrollTop) return false
    const [box, room] = [element.getBoundingClientRect(), plane.getBoundingClientRect()]
    // Of what is wider than the plane its beginning counts.
    const right = box.left + Math.min(box.width, 150)
    const across = box.left >= room.left && right <= room.right
    return across && box.top >= room.top && box.bottom <= room.bottom
  }, selector)

describe('the graph', () => {
  /** @type {import('./lib/host.mjs').Host} */
  let host
  before(async () => {
    host = (await orders()).host
  })

  test('opens where an execution failed, and shows what happened at each event', async (t) => {
    const executionArn = await start(host, await create(host, 'graph-failing', FAILING), 'one')
    await ended(host, executionArn)
    const page = await visit(t, host)
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 800 })
      await page.goto(address(executionArn))
      await inView(page, '[data-state="Step29"]')
    }
    await page.goto(address(executionArn, '?event=11'))
    await page.getByText('As it stood at event 11 of 61').waitFor()
    await inView(page, '[data-state="Step4"]')
    await page.getByRole('slider', { name: 'Event' }).press('End')
    await inView(page, '[data-state="Step29"]')
    await page.getByRole('button', { name: '1 error: show the next' }).click()
    await page.keyboard.press(',')
    await page.getByText('As it stood at event').waitFor()
    await holds(page)
    await page.getByRole('button', { name: 'Latest' }).click()
    await page.getByText('Event 61 of 61').waitFor()
  })

  test('opens where an execution runs, unless a state is asked for', async (t) => {
    const executionArn = await start(host, await create(host, 'graph-running', RUNNING), 'one')
    const page = await visit(t, host)
    await page.goto(address(executionArn))
    await page.getByRole('button', { name: /^Step29\W+Wait\W+Running/ }).waitFor()
    await inView(page, '[data-state="Step29"]')
    await page.goto(address(executionArn, '?state=Step2'))
    await inView(page, '[data-state="Step2"]')
    await call(host, 'StopExecution', { executionArn })
  })

  test('has what has the focus in view, and its room is filled anew', async (t) => {
    const machine = await create(host, 'graph-wide', WIDE)
    const page = await visit(t, host)
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 800 })
      await page.goto(`/console/machines/${encodeURIComponent(machine)}`)
      await page.locator('[data-state="Step11"]').focus()
      await inView(page, '[data-state="Step11"]')
      await page.keyboard.press('Tab')
      await page.locator('[data-fold="Step11"]:focus').waitFor()
      await inView(page, '[data-fold="Step11"]')
      await page.keyboard.press('Enter')
      await page.getByRole('button', { name: 'Unfold Step11' }).waitFor()
      await inView(page, '[data-fold="Step11"]')
    }
    await page.getByRole('button', { name: 'Fit' }).click()
    await page.getByRole('button', { name: 'Show as a list' }).click()
    await inView(page, '[data-state="Step11"]')
    await inView(page, '[data-state="Step0"]')
  })

  test('and a timeline have one row for the visits of a loop, which unfolds', async (t) => {
    const executionArn = await start(host, await create(host, 'graph-loop', LOOP), 'one')
    assert.equal(await ended(host, executionArn), 'SUCCEEDED')
    const page = await visit(t, host)
    await page.goto(address(executionArn, '?tab=timeline'))
    const tree = page.getByRole('tree', { name: 'Timeline' })
    const check = tree.getByRole('treeitem', { name: 'Check, 1,001 visits' })
    await check.waitFor()
    await shows(tree.getByRole('treeitem'), 4)
    await holds(page)
    await check.focus()
    await page.keyboard.press('ArrowRight')
    await tree.getByRole('treeitem', { name: 'Check, visit 2 of 1,001' }).waitFor()
    await page.keyboard.press('ArrowLeft')
    await tree.getByRole('treeitem', { name: 'Done' }).waitFor()
  })
})
