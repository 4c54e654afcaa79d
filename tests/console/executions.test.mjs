// The list of executions: what is in it, how it is narrowed, paged, and kept up to date.

import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { call, create, start } from './lib/api.mjs'
import { QUICK, FAILING, WAITING } from './lib/machines.mjs'
import { shows } from './lib/wait.mjs'
import { orders, visit } from './lib/shared.mjs'

describe('the list of executions', () => {
  /** @type {import('./lib/host.mjs').Host} */
  let host
  /** @type {string} */
  let many
  before(async () => {
    ;({ host } = await orders())
    many = await create(host, 'list-many', QUICK)
    for (let index = 0; index < 60; index += 1) {
      await start(host, many, `${index < 3 ? 'few' : 'many'}-${String(index).padStart(2, '0')}`)
    }
  })

  /** @param {import('playwright-core').Page} page */
  const rows = (page) => page.getByRole('table', { name: /Executions/ }).getByRole('rowheader')
  /** @param {string} machine */
  const listOf = (machine, more = '') =>
    `/console/executions?machine=${encodeURIComponent(machine)}${more}`

  test('pages lead on and back, and the address keeps them', async (t) => {
    const page = await visit(t, host)
    await page.goto(listOf(many, '&size=25'))
    await shows(rows(page), 25)
    await rows(page).filter({ hasText: 'many-59' }).waitFor()
    const pages = page.getByRole('navigation', { name: 'Pages' })
    await pages.getByRole('link', { name: 'Next' }).click()
    await rows(page).filter({ hasText: 'many-34' }).waitFor()
    await pages.getByRole('link', { name: 'Next' }).click()
    await shows(rows(page), 10)
    assert.equal(await pages.getByRole('link', { name: 'Next' }).count(), 0)
    await pages.getByRole('link', { name: 'Previous' }).click()
    await rows(page).filter({ hasText: 'many-34' }).waitFor()
    await page.goBack()
    await rows(page).filter({ hasText: 'few-00' }).waitFor()
    await page.reload()
    await rows(page).filter({ hasText: 'few-00' }).waitFor()
    await pages.getByRole('link', { name: 'Previous' }).click()
    await rows(page).filter({ hasText: 'many-34' }).waitFor()
    await pages.getByRole('link', { name: 'First' }).click()
    await rows(page).filter({ hasText: 'many-59' }).waitFor()
  })

  test('a search by name finds what begins so, and can be taken back', async (t) => {
    const page = await visit(t, host)
    await page.goto(listOf(many))
    await page.getByRole('searchbox', { name: 'Name begins with' }).fill('few')
    await shows(rows(page), 3)
    await page.waitForURL(/name=few/)
    await page.reload()
    await shows(rows(page), 3)
    await page.getByRole('searchbox', { name: 'Name begins with' }).fill('none')
    await page.getByText('No execution fits').waitFor()
    await page.getByRole('button', { name: 'Show all' }).click()
    await rows(page).nth(49).waitFor()
  })

  test('statuses are counted, and narrow the list', async (t) => {
    const machine = await create(host, 'list-mixed', {
      StartAt: 'Which',
      States: {
        Which: {
          Type: 'Choice',
          Choices: [
            { Variable: '$.do', StringEquals: 'fail', Next: 'Refuse' },
            { Variable: '$.do', StringEquals: 'wait', Next: 'WaitForTomorrow' },
          ],
          Default: 'Done',
        },
        ...QUICK.States,
        ...FAILING.States,
        ...WAITING.States,
      },
    })
    for (const [name, what] of Object.entries({ a: 'fail', b: 'fail', c: 'wait', d: 'end' })) {
      await start(host, machine, name, { do: what })
    }
    const page = await visit(t, host)
    await page.goto(listOf(machine))
    const tabs = page.getByRole('navigation', { name: 'Status' })
    await tabs.getByRole('link', { name: /^All 4$/ }).waitFor()
    await tabs.getByRole('link', { name: /^Failed 2$/ }).click()
    await shows(rows(page), 2)
    await shows(page.getByRole('cell', { name: 'Failed' }), 2)
    await tabs.getByRole('link', { name: /^Running 1$/ }).click()
    await shows(rows(page), 1)
    await page.goBack()
    await shows(rows(page), 2)
    // What is not there is not counted either.
    await tabs.getByRole('link', { name: /^Aborted 0$/ }).waitFor()
  })

  test('what is started and what ends shows without loading anew', async (t) => {
    const machine = await create(host, 'list-live', WAITING)
    await start(host, machine, 'first')
    const page = await visit(t, host)
    await page.goto(listOf(machine))
    await shows(rows(page), 1)
    await page.evaluate(() => Object.assign(window, { here: true }))
    await page.getByRole('checkbox', { name: 'Show new ones live' }).check()
    // Not above the rows, which keep their places under it.
    await page.mouse.move(0, 0)
    await page.getByRole('checkbox').blur()
    const executionArn = await start(host, machine, 'second')
    await shows(rows(page), 2)
    await call(host, 'StopExecution', { executionArn })
    await page
      .getByRole('row', { name: /second/ })
      .getByText('Aborted')
      .waitFor()
    await page
      .getByRole('navigation', { name: 'Status' })
      .getByRole('link', { name: /^Aborted 1$/ })
      .waitFor()
    assert.ok(await page.evaluate(() => 'here' in window), 'the page was loaded anew')
  })

  test('what ends on a later page stays there', async (t) => {
    const machine = await create(host, 'list-later', WAITING)
    const old = await start(host, machine, 'old')
    let newest = ''
    for (let index = 0; index < 27; index += 1) newest = await start(host, machine, `new-${index}`)
    const page = await visit(t, host)
    await page.goto(listOf(machine, '&size=25'))
    await shows(rows(page), 25)
    await call(host, 'StopExecution', { executionArn: old })
    await call(host, 'StopExecution', { executionArn: newest })
    // The news come in their order: once the second has, the first would have, too.
    await page
      .getByRole('row', { name: /new-26/ })
      .getByText('Aborted')
      .waitFor()
    await shows(rows(page), 25)
    assert.equal(await page.getByRole('button', { name: /new$/ }).count(), 0)
  })

  test('Back takes back one filter at a time, and what is typed at once', async (t) => {
    const page = await visit(t, host)
    await page.goto('/console/executions')
    const current = page.getByRole('navigation', { name: 'Status' }).locator('[aria-current=true]')
    await page.getByRole('link', { name: /^Succeeded/ }).click()
    await page.getByRole('combobox', { name: 'Machine' }).selectOption('list-many')
    await page.waitForURL(/machine=/)
    const search = page.getByRole('searchbox', { name: 'Name begins with' })
    await search.fill('f')
    await page.waitForURL(/name=f$/)
    await search.fill('few')
    await page.waitForURL(/name=few$/)
    await page.goBack()
    await page.waitForURL((url) => url.searchParams.has('machine') && !url.searchParams.has('name'))
    assert.equal(await search.inputValue(), '')
    await page.goBack()
    await page.waitForURL((url) => !url.searchParams.has('machine'))
    await current.filter({ hasText: 'Succeeded' }).waitFor()
    await page.goBack()
    await current.filter({ hasText: 'All' }).waitFor()
  })

  test('an address that asks for what there is not is told, or mended', async (t) => {
    const page = await visit(t, host, { refusals: [/refused: 400 /] })
    await page.goto('/console/executions?status=BOGUS&within=never')
    await page.waitForURL((url) => url.search === '')
    await page.goto('/console/executions?machine=foo')
    const machine = page.getByRole('combobox', { name: 'Machine' })
    await machine
      .getByRole('option', { name: 'foo: no such machine' })
      .waitFor({ state: 'attached' })
    assert.equal(await machine.inputValue(), 'foo')
    await page.getByRole('alert').filter({ hasText: 'Invalid ARN' }).waitFor()
  })

  test('rows keep their places while somebody points at the list', async (t) => {
    const machine = await create(host, 'list-held', WAITING)
    await start(host, machine, 'watched')
    const page = await visit(t, host)
    await page.goto(listOf(machine))
    await page.getByRole('checkbox', { name: 'Show new ones live' }).check()
    await shows(rows(page), 1)
    // The way to other pages is below the rows, which would push it away.
    await page.getByRole('button', { name: 'Next' }).hover({ force: true })
    for (let index = 0; index < 25; index += 1) await start(host, machine, `new-${index}`)
    await page.getByRole('button', { name: '25 new' }).waitFor()
    await shows(rows(page), 1)
    await page.mouse.move(0, 0)
    await shows(rows(page), 26)
  })
})
