// The order example, as somebody goes through it who has read nothing: from the start to a failed
// state, to what is wrong, and on to the end.

import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { holds } from './lib/checks.mjs'
import { tabTo } from './lib/wait.mjs'
import { orders, visit } from './lib/shared.mjs'

const MACHINE = 'order-fulfilment'
/** The state that fails where the mail server of the bookkeeping is down, and how. */
const STATE = 'SendToBookkeeping'
const ERROR = 'Email.TemporarilyUnavailable'

describe('the order example', () => {
  /** @type {import('./lib/order.mjs').Orders} */
  let order
  beforeEach(async () => {
    order = await orders()
    order.mail.books.down = true
  })

  /** @param {import('playwright-core').Page} page */
  const parts = (page) => ({
    status: page.getByRole('status').filter({ hasText: /^\W*(Running|Succeeded|Failed)$/ }),
    why: page.getByRole('region', { name: 'Why it ended' }),
    detail: page.getByRole('complementary', { name: 'Detail' }),
    /** A state in the graph, which is named by what it is and how it stands. */
    node: (/** @type {string} */ state, how = '') =>
      page.getByRole('button', { name: new RegExp(`^${state}\\W+Task\\W+${how}`) }),
  })

  test('is started, watched, inspected, mended and redriven, without loading a page', async (t) => {
    const page = await visit(t, order.host)
    const { status, why, detail, node } = parts(page)
    await page.goto('/console/')
    await page.evaluate(() => Object.assign(window, { here: true }))

    await page
      .getByRole('table', { name: /Machines/ })
      .getByRole('link', { name: MACHINE, exact: true })
      .click()
    await page.getByRole('heading', { level: 1, name: MACHINE }).waitFor()
    await node('ChargeCard').waitFor()
    await page.getByRole('link', { name: 'Start execution' }).click()

    await page.getByRole('combobox', { name: 'Example' }).selectOption('bookkeeping-down')
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('by-mouse')
    await page.getByRole('button', { name: 'Start', exact: true }).click()

    await page.getByRole('heading', { level: 1, name: 'by-mouse' }).waitFor()
    await node('ChargeCard', 'Succeeded').waitFor()
    await status.filter({ hasText: 'Failed' }).waitFor()
    await why.getByText(`failed in ${STATE}`).waitFor()
    await why.getByText(ERROR).waitFor()
    await why.getByText('421 Service not available').waitFor()

    await page.getByRole('button', { name: `Show ${STATE}` }).click()
    await detail.getByRole('heading', { level: 2, name: STATE }).waitFor()
    for (const number of [1, 2]) {
      const attempt = detail.getByRole('article', { name: `Attempt ${number}` })
      await attempt.getByText(ERROR).waitFor()
      await attempt.getByText(/421 Service not available/).waitFor()
      await attempt.getByText('Fuel').waitFor()
      const calls = attempt.getByRole('region', { name: 'Calls to the outside' })
      await calls.getByText(order.mail.books.address).waitFor()
    }
    await detail.getByText('Tried again after').waitFor()
    await detail.getByRole('region', { name: 'Input' }).getByText('"bookkeeping"').waitFor()
    await holds(page)

    order.mail.books.down = false
    await page.getByRole('button', { name: 'Redrive' }).click()
    await status.filter({ hasText: 'Succeeded' }).waitFor()
    assert.equal(order.mail.books.taken, 1)
    await why.waitFor({ state: 'detached' })
    await node(STATE, 'Succeeded').waitFor()
    await detail.getByRole('article', { name: 'Attempt 3' }).waitFor()
    await page.getByText('Redriven', { exact: true }).waitFor()
    assert.ok(await page.evaluate(() => 'here' in window), 'a page was loaded anew')
  })

  test('shows how it stood at any event, and the address keeps what is looked at', async (t) => {
    const page = await visit(t, order.host)
    const { status, detail, node } = parts(page)
    await page.goto('/console/executions?name=by-mouse')
    await page.getByRole('rowheader').getByRole('link', { name: 'by-mouse' }).click()
    await status.filter({ hasText: 'Succeeded' }).waitFor()

    await node('ChargeCard').click()
    await detail.getByRole('heading', { level: 2, name: 'ChargeCard' }).waitFor()
    const slider = page.getByRole('slider', { name: 'Event' })
    await slider.focus()
    await page.keyboard.press('Home')
    await node('ChargeCard', 'Not reached').waitFor()
    await page.waitForURL(/event=1\b/)
    await page.reload()
    await detail.getByRole('heading', { level: 2, name: 'ChargeCard' }).waitFor()
    await node('ChargeCard', 'Not reached').waitFor()
    await page.getByRole('button', { name: 'Latest' }).click()
    await node('ChargeCard', 'Succeeded').waitFor()

    await page.getByRole('tab', { name: 'Timeline' }).click()
    await page.getByRole('treeitem', { name: new RegExp(STATE) }).waitFor()
    await page.getByRole('tab', { name: 'Events' }).click()
    await page.getByRole('checkbox', { name: 'Errors only' }).check()
    await page
      .getByRole('button', { name: /TaskFailed/ })
      .first()
      .click()
    await detail.getByText(ERROR).first().waitFor()
    await page.reload()
    await page.getByRole('tab', { name: 'Events', selected: true }).waitFor()
    await detail.getByText(ERROR).first().waitFor()
    await holds(page)
  })

  test('is started, and its failed state opened, by keyboard alone', async (t) => {
    const page = await visit(t, order.host)
    const { status, detail } = parts(page)
    await page.goto('/console/')
    await tabTo(page, page.getByRole('link', { name: `Start an execution of ${MACHINE}` }))
    await page.keyboard.press('Enter')
    const example = page.getByRole('combobox', { name: 'Example' })
    await tabTo(page, example)
    await page.keyboard.type('bookk')
    assert.equal(await example.locator('option:checked').textContent(), 'bookkeeping-down')
    await tabTo(page, page.getByRole('button', { name: 'Start', exact: true }))
    await page.keyboard.press('Enter')
    await status.filter({ hasText: 'Failed' }).waitFor()
    await tabTo(page, page.getByRole('button', { name: `Show ${STATE}` }))
    await page.keyboard.press('Enter')
    await detail.getByRole('heading', { level: 2, name: STATE }).waitFor()
    await detail.getByRole('article', { name: 'Attempt 2' }).getByText(ERROR).waitFor()
  })

  test('is narrow on a phone, and can be started there', async (t) => {
    const page = await visit(t, order.host, { width: 390 })
    await page.goto('/console/')
    await page.getByRole('link', { name: MACHINE, exact: true }).click()
    await page.getByRole('link', { name: 'Start execution' }).click()
    await page.getByRole('combobox', { name: 'Example' }).selectOption('declined')
    await page.getByRole('button', { name: 'Start', exact: true }).click()
    await page.getByRole('region', { name: 'Why it ended' }).waitFor()
    await holds(page)
  })
})
