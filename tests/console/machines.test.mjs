// Machines: making one, what is said of one that is gone, and of a definition that is being changed.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { call, create, start } from './lib/api.mjs'
import { holds } from './lib/checks.mjs'
import { QUICK } from './lib/machines.mjs'
import { orders, visit } from './lib/shared.mjs'
import { shows } from './lib/wait.mjs'

describe('machines', () => {
  /** @param {string} arn */
  const place = (arn, more = '') => `/console/machines/${encodeURIComponent(arn)}${more}`

  test('have names that are checked while they are typed', async (t) => {
    const { host } = await orders()
    await create(host, 'taken', QUICK)
    const page = await visit(t, host, { refusals: [/refused: 400 AWSStepFunctions.CreateSt/] })
    await page.goto('/console/machines/new')
    const name = page.getByRole('textbox', { name: 'Name', exact: true })
    await page.getByText(/^Up to 80 characters/).waitFor()
    await name.fill('to be:1')
    await page.getByText('There can be no spaces in a name.').waitFor()
    await name.fill('to-be:1')
    await page.getByText('“:” cannot be in a name.').waitFor()
    assert.equal(await name.getAttribute('aria-invalid'), 'true')
    await holds(page)
    await page.getByRole('button', { name: 'Create' }).click()
    assert.ok(await name.evaluate((it) => it === document.activeElement), 'it is sent')

    // Another machine than the one that there is.
    await name.fill('taken')
    await page.getByRole('button', { name: 'Create' }).click()
    const refused = page.getByRole('alert').filter({ hasText: 'State machine already exists' })
    await refused.waitFor()
    await name.fill('taken-not')
    await refused.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Create' }).click()
    await page.getByRole('heading', { level: 1, name: 'taken-not' }).waitFor()
  })

  test('that are gone are said to be, and cannot be started', async (t) => {
    const { host } = await orders()
    const machine = await create(host, 'gone', QUICK)
    const execution = await start(host, machine, 'last')
    const page = await visit(t, host, { refusals: [/refused: 400 /] })
    await page.goto(place(machine))
    const starts = page.getByRole('link', { name: /^Start/ })
    await starts.waitFor()
    await call(host, 'DeleteStateMachine', { stateMachineArn: machine })
    for (const more of ['', '/start']) {
      await page.goto(place(machine, more))
      await page.getByText('There is no such machine').waitFor()
      await shows(starts, 0)
      await shows(page.getByRole('button', { name: /^Start/ }), 0)
      await holds(page)
    }
    await page.goto(`/console/executions/${encodeURIComponent(execution)}`)
    await page.getByText('its machine is gone').waitFor()
    assert.ok(await page.getByRole('button', { name: 'Start like this' }).isDisabled())
  })

  test('that were never started have no input of the last one', async (t) => {
    const { host } = await orders()
    const machine = await create(host, 'never', QUICK)
    const page = await visit(t, host)
    await page.goto(place(machine, '/start'))
    const last = page.getByRole('button', { name: 'Input of the last one' })
    await last.and(page.locator('[title="It has not been started yet."]')).waitFor()
    assert.ok(await last.isDisabled())
    await start(host, machine, 'first', { from: 'the first' })
    await page.reload()
    await last.click()
    const input = page.getByRole('textbox', { name: 'Input', exact: true })
    await page.waitForFunction(
      (it) => /** @type {HTMLTextAreaElement} */ (it).value.includes('the first'),
      await input.elementHandle(),
    )
  })

  test('of the project say so where they are changed, and drafts that they are', async (t) => {
    const { host } = await orders()
    const { stateMachines } = await call(host, 'ListStateMachines', {})
    const order = stateMachines.find((/** @type {any} */ it) => it.name === 'order-fulfilment')
    const page = await visit(t, host)
    await page.goto(place(order.stateMachineArn))
    await page.getByRole('button', { name: 'Edit' }).click()
    await page.getByText(/lasts until the next/).waitFor()
    const draft = page.getByText('This is a draft of yours that has not been saved.')
    assert.equal(await draft.count(), 0)
    await page.getByRole('textbox', { name: 'Definition' }).fill('{ "StartAt":')

    await page.reload()
    await draft.waitFor()
    // What was saved is drawn for as long as the draft cannot be.
    await page.getByRole('button', { name: /^ChargeCard\W/ }).waitFor()
    await holds(page)
    await page.getByRole('button', { name: 'Drop it' }).click()
    await draft.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Edit' }).waitFor()
    await page.reload()
    await page.getByRole('button', { name: 'Edit' }).waitFor()
    await shows(draft, 0)

    const other = await create(host, 'no-project', QUICK)
    await page.goto(place(other))
    await page.getByRole('button', { name: 'Edit' }).click()
    await page.getByRole('button', { name: 'Discard' }).waitFor()
    await shows(page.getByText(/lasts until the next/), 0)
  })
})
