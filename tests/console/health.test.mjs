// Cost and health: what ran, what it used, and what to look at.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { call, ended, start } from './lib/api.mjs'
import { holds } from './lib/checks.mjs'
import { Orders } from './lib/order.mjs'
import { settled, shows, tabTo } from './lib/wait.mjs'
import { visit } from './lib/shared.mjs'

/** So many calls that a state is told of that is retried each time. */
const TIMES = 10

describe('cost and health', () => {
  /** @type {Orders} */
  let shop
  /** @type {string} */
  let machine
  before(async () => {
    shop = await Orders.start()
    const { stateMachines } = await call(shop.host, 'ListStateMachines', {})
    machine = stateMachines[0].stateMachineArn
  })
  after(() => shop?.stop())

  /**
   * @param {import('playwright-core').Page} page
   * @param {string} name
   */
  const part = (page, name) => page.getByRole('region', { name, exact: true })
  /** @param {import('playwright-core').Page} page */
  const plot = (page) => page.getByRole('slider', { name: 'Calls, over time', exact: true })

  // In order: nothing has run before the second.
  test('it says what to do where nothing has run, and shows what then runs', async (t) => {
    const page = await visit(t, shop.host)
    await page.goto('/console/health?range=1h')
    await page.getByText('Nothing has run in the last 1 hour.').waitFor()
    await part(page, 'Findings').getByText('Nothing to judge').waitFor()
    await holds(page)
    const fails = await shop.input('wrong-total')
    const retried = await shop.input('processor-fails-once')
    await ended(shop.host, await start(shop.host, machine, 'wrong', fails))
    const findings = part(page, 'Findings')
    await findings.getByText(/^The only execution of order-fulfilment/).waitFor()
    /** @type {Promise<string>[]} */
    const runs = []
    for (let run = 0; run < TIMES; run += 1)
      runs.push(start(shop.host, machine, `retried-${run}`, retried))
    for (const arn of await Promise.all(runs)) await ended(shop.host, arn)
    // Nobody has asked for it anew.
    const table = part(page, 'Figures')
    const executions = table.getByRole('row').filter({ hasText: 'order-fulfilment' })
    await executions
      .getByRole('cell', { name: String(TIMES + 1), exact: true })
      .first()
      .waitFor()
    await findings.getByText(/ChargeCard is retried/).waitFor()
  })

  test('a state that is retried much is told of, and leads to its executions', async (t) => {
    const page = await visit(t, shop.host)
    await page.goto('/console/health')
    const finding = part(page, 'Findings')
      .getByRole('listitem')
      .filter({ hasText: /ChargeCard is retried/ })
    await finding.getByText('Payments.ProcessorUnavailable').waitFor()
    await finding.getByRole('link', { name: 'Its executions' }).click()
    await page.getByRole('link', { name: 'retried-3' }).waitFor()
  })

  test('a row opens to its errors, and leads to what failed', async (t) => {
    const page = await visit(t, shop.host)
    await page.goto('/console/health?by=STATE&range=1h')
    const table = part(page, 'Figures')
    await table.getByRole('button', { name: 'RenderInvoice' }).click()
    await table.getByRole('listitem').filter({ hasText: 'Invoices.TotalMismatch' }).waitFor()
    await table.getByRole('link', { name: 'The plugin invoices' }).waitFor()
    await page.reload()
    await table.getByRole('link', { name: 'Executions that failed' }).click()
    await page.getByRole('link', { name: 'wrong', exact: true }).waitFor()
    assert.match(page.url(), /status=FAILED/)
  })

  test('rows are sorted by what one chooses, and found by name', async (t) => {
    const page = await visit(t, shop.host)
    await page.goto('/console/health?by=STATE')
    const table = part(page, 'Figures')
    const rows = table.getByRole('rowheader')
    await rows.first().waitFor()
    await table.getByRole('button', { name: 'State', exact: true }).click()
    const names = await rows.allTextContents()
    assert.deepEqual(
      names,
      names.toSorted((a, b) => a.localeCompare(b)),
    )
    await table.getByRole('button', { name: 'Calls', exact: true }).click()
    await table.locator('th[aria-sort=descending]').filter({ hasText: 'Calls' }).waitFor()
    // It is tried twice each time.
    assert.match((await rows.first().textContent()) ?? '', /ChargeCard/)
    await page.getByRole('searchbox', { name: 'Find in the figures' }).fill('invoice')
    await shows(rows, 1)
  })

  test('a chart tells its numbers by the keyboard, and as a table', async (t) => {
    const page = await visit(t, shop.host)
    await page.goto('/console/health?range=1h')
    await settled(page)
    await tabTo(page, plot(page))
    const told = () => plot(page).getAttribute('aria-valuetext')
    /** @type {string[]} */
    const steps = [(await told()) ?? '']
    for (let step = 0; step < 11; step += 1) {
      await page.keyboard.press('ArrowLeft')
      steps.push((await told()) ?? '')
    }
    assert.equal(await plot(page).getAttribute('aria-valuenow'), '0')
    assert.ok(steps.some((it) => /Went well [1-9]/.test(it) && /Errors [1-9]/.test(it)))
    await page.getByRole('button', { name: 'Calls as a table', exact: true }).click()
    const rows = page
      .getByRole('region', { name: 'Calls, as a table', exact: true })
      .getByRole('row')
    const cells = await rows.nth(1).getByRole('cell').allTextContents()
    const [, ...titles] = await rows.nth(0).getByRole('columnheader').allTextContents()
    assert.ok(titles.length >= 2)
    assert.ok(steps[0]?.endsWith(titles.map((it, index) => `${it} ${cells[index]}`).join(', ')))
  })

  test('a machine’s page has its own figures', async (t) => {
    const page = await visit(t, shop.host)
    await page.goto(`/console/machines/${encodeURIComponent(machine)}?tab=figures`)
    await part(page, 'By state').getByRole('button', { name: 'ChargeCard' }).waitFor()
    await part(page, 'Findings')
      .getByText(/ChargeCard is retried/)
      .waitFor()
    await holds(page)
  })

  test('an operator sees the figures of all tenants', async (t) => {
    const page = await visit(t, shop.host)
    await page.goto('/console/health')
    await page.getByRole('radio', { name: 'All tenants' }).check()
    await page.waitForURL(/tenants=all/)
    await page.getByRole('radio', { name: 'Tenants', exact: true }).check()
    await part(page, 'Figures').getByRole('button', { name: '000000000000' }).waitFor()
    await page.goto('/console/plugins?tenants=all')
    const used = page.getByRole('row').filter({ hasText: 'invoices' }).getByRole('cell')
    await used.filter({ hasText: String(TIMES + 1) }).waitFor()
    await page.getByRole('link', { name: 'invoices', exact: true }).click()
    await page.getByRole('radio', { name: 'All tenants', checked: true }).waitFor()
  })
})
