// The page of one execution: what others do with it, the address, and where the focus is.

import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { call, create, ended, start } from './lib/api.mjs'
import { INLINE_MAP, items, WAITING } from './lib/machines.mjs'
import { orders, visit } from './lib/shared.mjs'

/** Thirty states, one after the other, of which the last fails. */
const STEPS = {
  StartAt: 'Step0',
  States: Object.fromEntries(
    Array.from({ length: 30 }, (_, at) => [
      `Step${at}`,
      at < 29
        ? { Type: 'Pass', Next: `Step${at + 1}` }
        : { Type: 'Fail', Error: 'Steps.Ended', Cause: 'None is left.' },
    ]),
  ),
}

/** @param {string} cause */
const broken = (cause, name = '') => ({
  Type: 'Parallel',
  Branches: [
    {
      StartAt: `Break${name}`,
      States: { [`Break${name}`]: { Type: 'Fail', Error: 'Disk.Io', Cause: cause } },
    },
  ],
  Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: `$.failure${name}`, Next: `After${name}` }],
  End: true,
})

/** Fails with the first of two errors of the same name. */
const BLAMED = {
  StartAt: 'Make',
  States: {
    Make: broken('No space is left.', 'Make'),
    AfterMake: broken('There is no such file.', 'Undo'),
    AfterUndo: {
      Type: 'Fail',
      ErrorPath: '$.failureMake.Error',
      CausePath: '$.failureMake.Cause',
    },
  },
}

const HIDDEN = {
  StartAt: 'Safe\u202egpj',
  States: {
    'Safe\u202egpj': { Type: 'Pass', Comment: 'See\u200bit', Next: 'Refuse' },
    Refuse: { Type: 'Fail', Error: 'Not\u202eSafe', Cause: 'It is exe\u202egpj.doc' },
  },
}

/** @param {string} arn */
const address = (arn, query = '') => `/console/executions/${encodeURIComponent(arn)}${query}`

describe('an execution', () => {
  /** @type {import('./lib/host.mjs').Host} */
  let host
  before(async () => {
    host = (await orders()).host
  })

  /** @param {import('playwright-core').Page} page */
  const parts = (page) => ({
    status: page.getByRole('status').filter({ hasText: /^\W*(Running|Aborted|Failed)$/ }),
    heading: page.getByRole('heading', { level: 1 }),
    stop: page.getByRole('button', { name: 'Stop …' }),
    cause: page.getByRole('textbox', { name: 'Cause' }),
    unreachable: page.getByText('The host does not answer'),
  })

  /**
   * Waits until an element has the focus.
   *
   * @param {import('playwright-core').Locator} it
   */
  const focused = (it) => it.page().locator(':focus').and(it).waitFor({ state: 'attached' })

  test('is followed when others stop and redrive it', async (t) => {
    const executionArn = await start(host, await create(host, 'run-others', WAITING), 'one')
    const page = await visit(t, host)
    const { status } = parts(page)
    await page.goto(address(executionArn))
    await status.filter({ hasText: 'Running' }).waitFor()
    await call(host, 'StopExecution', { executionArn })
    await status.filter({ hasText: 'Aborted' }).waitFor()
    await call(host, 'RedriveExecution', { executionArn })
    await status.filter({ hasText: 'Running' }).waitFor()
    await call(host, 'StopExecution', { executionArn })
    await status.filter({ hasText: 'Aborted' }).waitFor()
  })

  test('goes on by itself once a host answers again', async (t) => {
    const executionArn = await start(host, await create(host, 'run-gone', WAITING), 'one')
    const page = await visit(t, host, { refusals: [/ERR_CONNECTION_REFUSED/] })
    const { status, unreachable } = parts(page)
    await page.goto(address(executionArn))
    await status.filter({ hasText: 'Running' }).waitFor()
    let down = true
    await page.route('/', (route) => {
      const target = route.request().headers()['x-amz-target'] ?? ''
      if (down && target.endsWith('.DescribeExecution')) return route.abort('connectionrefused')
      return route.continue()
    })
    await call(host, 'StopExecution', { executionArn })
    await unreachable.waitFor()
    down = false
    await status.filter({ hasText: 'Aborted' }).waitFor()
    await unreachable.waitFor({ state: 'detached' })
  })

  test('has run for as long as the host says, whatever the browser’s clock has', async (t) => {
    const executionArn = await start(host, await create(host, 'run-clock', WAITING), 'one')
    const page = await visit(t, host)
    await page.addInitScript(() => {
      const now = Date.now
      Date.now = () => now() + 3_600_000
    })
    await page.goto(address(executionArn))
    await page.getByText('Runs for').waitFor()
    const facts = page.locator('main header dl')
    await facts.filter({ hasText: /Runs for\s*[\d.]+ s/ }).waitFor()
    await call(host, 'StopExecution', { executionArn })
  })

  test('keeps the focus when it is stopped and redriven, and what is typed', async (t) => {
    const executionArn = await start(host, await create(host, 'run-focus', WAITING), 'one')
    const page = await visit(t, host)
    const { status, heading, stop, cause } = parts(page)
    await page.goto(address(executionArn))
    await stop.click()
    await cause.fill('Not wanted.')
    // A selection that is dragged out of the dialog.
    const box = await cause.boundingBox()
    assert.ok(box)
    await page.mouse.move(box.x + 40, box.y + 10)
    await page.mouse.down()
    await page.mouse.move(8, box.y + 10, { steps: 4 })
    await page.mouse.up()
    assert.equal(await cause.inputValue(), 'Not wanted.')
    await page.mouse.click(8, box.y + 10)
    await cause.waitFor({ state: 'detached' })

    await stop.click()
    await page.getByRole('button', { name: 'Stop it' }).focus()
    await page.keyboard.press('Enter')
    await status.filter({ hasText: 'Aborted' }).waitFor()
    await focused(heading)
    await page.getByRole('button', { name: 'Redrive' }).focus()
    await page.keyboard.press('Enter')
    await status.filter({ hasText: 'Running' }).waitFor()
    await focused(heading)
    await call(host, 'StopExecution', { executionArn })
  })

  test('says that it has ended while it is asked whether it is to be stopped', async (t) => {
    const executionArn = await start(host, await create(host, 'run-late', WAITING), 'one')
    const page = await visit(t, host)
    const { status, heading, stop, cause } = parts(page)
    await page.goto(address(executionArn))
    await stop.click()
    await cause.fill('Not wanted.')
    await call(host, 'StopExecution', { executionArn })
    const dialog = page.getByRole('dialog', { name: 'There is nothing to stop' })
    await dialog.getByText('It has ended meanwhile').waitFor()
    await dialog.getByText('Aborted').waitFor()
    await dialog.getByRole('button', { name: 'Close' }).click()
    await status.filter({ hasText: 'Aborted' }).waitFor()
    await focused(heading)
    await stop.waitFor({ state: 'detached' })
  })

  test('blames the failure with its cause, and leads to it on a phone', async (t) => {
    const executionArn = await start(host, await create(host, 'run-blamed', BLAMED), 'one', {})
    await ended(host, executionArn)
    const page = await visit(t, host, { width: 390 })
    await page.goto(address(executionArn))
    const why = page.getByRole('region', { name: 'Why it ended' })
    await why.getByText('failed in AfterUndo, after BreakMake').waitFor()
    await why.getByText('No space is left.').waitFor()
    await why.getByRole('button', { name: 'Show BreakMake' }).click()
    const detail = page.getByRole('complementary', { name: 'Detail' })
    const named = detail.getByRole('heading', { level: 2, name: 'BreakMake' })
    await focused(named)
    const box = await named.boundingBox()
    assert.ok(box && box.y > 0 && box.y < 844, 'the detail is in view')
  })

  test('shows what cannot be seen in texts', async (t) => {
    const executionArn = await start(host, await create(host, 'run-hidden', HIDDEN), 'one', {
      file: 'a\u202eb',
    })
    await ended(host, executionArn)
    const page = await visit(t, host)
    await page.goto(address(executionArn, '?state=Safe%E2%80%AEgpj'))
    const why = page.getByRole('region', { name: 'Why it ended' })
    await why.getByText('Not\\u202eSafe').waitFor()
    await why.getByText('It is exe\\u202egpj.doc').waitFor()
    const detail = page.getByRole('complementary', { name: 'Detail' })
    await detail.getByRole('heading', { level: 2, name: 'Safe\\u202egpj' }).waitFor()
    await detail.getByText('See\\u200bit').waitFor()
    await detail.getByRole('region', { name: 'Input' }).getByText('"a\\u202eb"').waitFor()
  })

  test('that is not there leads to those that are', async (t) => {
    const machine = await create(host, 'run-none', WAITING)
    const arn = `${machine.replace(':stateMachine:', ':execution:')}:none`
    const page = await visit(t, host, { refusals: [/400/] })
    await page.goto(address(arn))
    const alert = page.getByRole('alert')
    await alert.getByText('Execution does not exist').waitFor()
    await alert.getByText(arn).waitFor()
    assert.equal(await page.getByRole('button', { name: 'Try again' }).count(), 0)
    await alert.getByRole('link', { name: 'All executions' }).click()
    await page.getByRole('heading', { level: 1, name: 'Executions' }).waitFor()
  })

  test('is looked at where the address says, and Back leads to what was', async (t) => {
    const executionArn = await start(host, await create(host, 'run-address', STEPS), 'one')
    await ended(host, executionArn)
    const page = await visit(t, host)
    const event = (/** @type {number} */ id) => page.getByText(`Event ${id} of `).waitFor()
    await page.goto(address(executionArn, '?event=5'))
    await event(5)
    await page.evaluate(() => {
      const link = document.createElement('a')
      link.href = `${location.pathname}?event=12`
      document.querySelector('main')?.append(link)
      link.click()
    })
    await event(12)
    await page.goBack()
    await event(5)

    await page.getByRole('tab', { name: 'Events' }).click()
    const detail = page.getByRole('complementary', { name: 'Detail' })
    await page.getByRole('button', { name: 'Show Step29' }).click()
    await detail.getByRole('heading', { level: 2, name: 'Step29' }).waitFor()
    await detail.getByText('Failed').first().waitFor()
    await event(61)
    await page.goBack()
    await event(5)
    await page.goBack()
    await page.getByRole('tab', { name: 'Graph', selected: true }).waitFor()
  })

  test('has rows that the Tab key reaches wherever they are scrolled to', async (t) => {
    const machine = await create(host, 'run-rows', INLINE_MAP)
    const executionArn = await start(host, machine, 'one', items(500))
    await ended(host, executionArn)
    const page = await visit(t, host)
    await page.goto(address(executionArn, '?tab=events'))
    const list = page.getByRole('region', { name: 'Events' })
    await list.locator('[data-index="0"]').waitFor()
    await list.evaluate((it) => (it.scrollTop = 9000))
    await list.locator('[data-index="300"] [tabindex="0"]').waitFor()
    assert.equal(await list.locator('[data-index] [tabindex="0"]').count(), 1)
    await list.focus()
    await page.keyboard.press('Tab')
    await focused(list.locator('[data-index="300"] [data-row]'))
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Shift+Tab')
    await page.keyboard.press('Tab')
    await focused(list.locator('[data-index="301"] [data-row]'))

    await page.goto(address(executionArn, '?state=EachItem'))
    const squares = page.getByRole('region', { name: 'Each iteration' })
    await squares.getByRole('button', { name: 'Iteration 3,' }).click()
    await page.getByRole('navigation', { name: 'Iterations' }).waitFor()
    await page.goBack()
    await page.getByRole('navigation', { name: 'Iterations' }).waitFor({ state: 'detached' })
    await squares.waitFor()
  })
})
