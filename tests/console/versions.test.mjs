// Versions and aliases: made, changed and deleted on a machine's page, and executions started by them.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { call, create, start } from './lib/api.mjs'
import { holds } from './lib/checks.mjs'
import { QUICK } from './lib/machines.mjs'
import { shows, tabTo } from './lib/wait.mjs'
import { orders, visit } from './lib/shared.mjs'

/** @typedef {import('playwright-core').Page} Page */

/**
 * A machine with so many versions, and the ways that aliases of it go.
 *
 * @param {{ url: string }} host
 * @param {string} name
 * @param {number} versions
 */
async function published(host, name, versions) {
  const definition = (/** @type {number} */ number) =>
    JSON.stringify({ Comment: `${number}`, StartAt: 'Done', States: { Done: { Type: 'Succeed' } } })
  const stateMachineArn = await create(host, name, definition(0))
  for (let number = 1; number <= versions; number += 1) {
    const request = { stateMachineArn, definition: definition(number), publish: true }
    await call(host, 'UpdateStateMachine', request)
  }
  return {
    arn: stateMachineArn,
    /** @param {Record<number, number>} weights by versions */
    routes: (weights) =>
      Object.entries(weights).map(([number, weight]) => ({
        stateMachineVersionArn: `${stateMachineArn}:${number}`,
        weight,
      })),
    /** @param {string} alias */
    alias: async (alias) => {
      const request = { stateMachineAliasArn: `${stateMachineArn}:${alias}` }
      const { description, routingConfiguration } = await call(
        host,
        'DescribeStateMachineAlias',
        request,
      )
      return { description, routingConfiguration }
    },
  }
}

/** @param {string} machine */
const pathOf = (machine, tab = 'versions') =>
  `/console/machines/${encodeURIComponent(machine)}?tab=${tab}`

/** @param {import('playwright-core').Locator} locator */
const focused = (locator) => locator.and(locator.page().locator(':focus')).waitFor()

/** @param {Page} page */
const aliasesOf = (page) => page.getByRole('region', { name: 'Aliases' })
/** @param {Page} page */
const versionsOf = (page) => page.getByRole('region', { name: 'Versions' })

describe('versions and aliases', () => {
  test('an alias is made, shifted, started with and deleted by the keyboard', async (t) => {
    const { host } = await orders()
    const machine = await published(host, 'versions-shifted', 4)
    const page = await visit(t, host)
    await page.goto(pathOf(machine.arn))
    const aliases = aliasesOf(page)
    const keys = page.keyboard

    await tabTo(page, aliases.getByRole('button', { name: 'Create alias' }))
    await keys.press('Enter')
    const form = page.getByRole('form', { name: 'New alias' })
    await focused(form.getByRole('textbox', { name: 'Name' }))
    await keys.press('Enter')
    await form.getByText('An alias needs a name.').waitFor()
    await keys.type('12')
    await form.getByText('Digits alone would name a version').waitFor()
    await keys.press('Control+A')
    await keys.type('prod')
    await form.getByText('Digits alone would name a version').waitFor({ state: 'detached' })
    await tabTo(page, form.getByRole('combobox', { name: 'Leads to' }))
    await form.getByRole('combobox', { name: 'Leads to' }).selectOption('Version 3')
    await form.getByRole('combobox', { name: 'and to' }).selectOption('Version 4')
    const share = form.getByRole('slider', { name: 'Share of version 4' })
    const entered = form.getByRole('spinbutton', { name: 'Share of version 4' })
    await tabTo(page, share)
    assert.equal(await entered.inputValue(), '10')
    await keys.press('ArrowRight')
    assert.equal(await entered.inputValue(), '11')
    await form.getByText('Of 100 executions 89 go to version 3, 11 to version 4.').waitFor()
    await tabTo(page, entered)
    await keys.type('1000')
    await keys.press('Enter')
    await form.getByText('A whole number from 0 to 100').waitFor()
    await focused(entered)
    await holds(page)
    await entered.fill('20')
    assert.equal(await share.inputValue(), '20')
    await form.getByRole('textbox', { name: 'Description' }).fill('What customers get.')
    await keys.press('Enter')

    const edit = aliases.getByRole('button', { name: 'Edit prod' })
    await focused(edit)
    await aliases.getByText('Alias prod is saved.').waitFor()
    await aliases.getByText('80 % to version 3, 20 % to version 4').waitFor()
    await versionsOf(page).getByText('prod 20 %').waitFor()
    assert.deepEqual(await machine.alias('prod'), {
      description: 'What customers get.',
      routingConfiguration: machine.routes({ 3: 80, 4: 20 }),
    })

    await keys.press('Enter')
    const change = page.getByRole('form', { name: 'Alias prod' })
    await focused(change.getByRole('slider', { name: 'Share of version 4' }))
    await keys.press('End')
    await change.getByText('All go to version 4; the alias does not lead to version 3').waitFor()
    await holds(page)
    await tabTo(page, change.getByRole('button', { name: 'Save' }))
    await keys.press('Enter')
    await focused(edit)
    await aliases.getByText('100 % to version 4').waitFor()
    const shifted = await machine.alias('prod')
    assert.deepEqual(shifted.routingConfiguration, machine.routes({ 4: 100 }))
    assert.equal(shifted.description, 'What customers get.')

    await aliases.getByRole('link', { name: 'Start with prod' }).click()
    await page.getByRole('combobox', { name: 'Definition' }).waitFor()
    assert.equal(await page.getByRole('combobox', { name: 'Definition' }).inputValue(), 'prod')
    await page.getByRole('textbox', { name: 'Name' }).fill('by-alias')
    await page.getByRole('button', { name: 'Start', exact: true }).click()
    await page.getByRole('heading', { name: 'by-alias', level: 1 }).waitFor()
    await page.getByText('alias prod').waitFor()
    await page.getByText('version 4').waitFor()

    await page.goto(pathOf(machine.arn))
    const deletes = aliases.getByRole('button', { name: 'Delete prod' })
    await deletes.focus()
    await keys.press('Enter')
    const asks = page.getByRole('dialog', { name: 'Delete alias prod?' })
    await asks.getByText('Executions that it started go on').waitFor()
    await holds(page)
    await tabTo(page, asks.getByRole('button', { name: 'Keep it' }))
    await keys.press('Enter')
    await focused(deletes)
    await keys.press('Enter')
    await tabTo(page, asks.getByRole('button', { name: 'Delete alias' }))
    await keys.press('Enter')
    await focused(aliases.getByRole('heading', { name: 'Aliases' }))
    await aliases.getByText('Alias prod is deleted.').waitFor()
    await aliases.getByText('No aliases').waitFor()
    const left = await call(host, 'ListStateMachineAliases', { stateMachineArn: machine.arn })
    assert.deepEqual(left.stateMachineAliases, [])
  })

  test('a name that is taken is told at once, or by the host where it was not known', async (t) => {
    const { host } = await orders()
    const machine = await published(host, 'versions-taken', 2)
    const make = (/** @type {string} */ name) =>
      call(host, 'CreateStateMachineAlias', {
        name,
        routingConfiguration: machine.routes({ 1: 100 }),
      })
    await make('prod')
    const page = await visit(t, host, {
      refusals: [/^refused: 400 AWSStepFunctions.CreateStateMachineAlias$/],
    })
    await page.goto(pathOf(machine.arn))
    await aliasesOf(page).getByRole('button', { name: 'Create alias' }).click()
    const form = page.getByRole('form', { name: 'New alias' })
    const name = form.getByRole('textbox', { name: 'Name' })
    await name.fill('prod')
    await form.getByRole('button', { name: 'Create' }).click()
    await form.getByText('There is an alias of this name.').waitFor()
    await focused(name)

    await make('later')
    await name.fill('later')
    await form.getByRole('button', { name: 'Create' }).click()
    await form.getByRole('alert').getByText('already exists').waitFor()
    assert.deepEqual(
      (await machine.alias('later')).routingConfiguration,
      machine.routes({ 1: 100 }),
    )
    await form.getByRole('button', { name: 'Cancel' }).click()
    await focused(aliasesOf(page).getByRole('button', { name: 'Create alias' }))
  })

  test('what others have changed of an alias is not undone unasked', async (t) => {
    const { host } = await orders()
    const machine = await published(host, 'versions-shared', 3)
    const stateMachineAliasArn = `${machine.arn}:prod`
    const others = (/** @type {Record<string, unknown>} */ changes) =>
      call(host, 'UpdateStateMachineAlias', { stateMachineAliasArn, ...changes })
    const routes = machine.routes({ 1: 100 })
    await call(host, 'CreateStateMachineAlias', { name: 'prod', routingConfiguration: routes })
    const page = await visit(t, host)
    await page.goto(pathOf(machine.arn))
    const edit = aliasesOf(page).getByRole('button', { name: 'Edit prod' })
    const form = page.getByRole('form', { name: 'Alias prod' })
    const asks = page.getByRole('dialog', { name: 'Others have saved it since' })

    await edit.click()
    await form.getByRole('combobox', { name: 'Leads to' }).selectOption('Version 2')
    await others({ routingConfiguration: machine.routes({ 3: 100 }), description: 'Theirs.' })
    await form.getByRole('button', { name: 'Save' }).click()
    await asks.getByText('it leads 100 % to version 3. Its description is “Theirs.”').waitFor()
    assert.deepEqual((await machine.alias('prod')).routingConfiguration, machine.routes({ 3: 100 }))
    await holds(page)
    await asks.getByRole('button', { name: 'Save mine' }).click()
    await focused(edit)
    // What only they have changed stays.
    assert.deepEqual(await machine.alias('prod'), {
      description: 'Theirs.',
      routingConfiguration: machine.routes({ 2: 100 }),
    })

    await edit.click()
    await form.getByRole('combobox', { name: 'Leads to' }).selectOption('Version 1')
    await others({ routingConfiguration: machine.routes({ 3: 100 }) })
    await form.getByRole('button', { name: 'Save' }).click()
    await asks.getByRole('button', { name: 'Discard mine' }).click()
    await focused(edit)
    await aliasesOf(page).getByText('100 % to version 3').waitFor()
    assert.deepEqual((await machine.alias('prod')).routingConfiguration, machine.routes({ 3: 100 }))
  })

  test('a version that an alias leads to is not deleted; others are', async (t) => {
    const { host } = await orders()
    const machine = await published(host, 'versions-deleted', 3)
    const lead = (/** @type {string} */ name, /** @type {Record<number, number>} */ weights) =>
      call(host, 'CreateStateMachineAlias', { name, routingConfiguration: machine.routes(weights) })
    await lead('prod', { 3: 90, 2: 10 })
    const page = await visit(t, host, {
      refusals: [/^refused: 400 AWSStepFunctions.DeleteStateMachineVersion$/],
    })
    await page.goto(pathOf(machine.arn))
    const versions = versionsOf(page)
    await versions.getByText('prod 10 %').waitFor()
    await versions.getByRole('button', { name: 'Delete version 2' }).click()
    const cannot = page.getByRole('dialog', { name: 'Version 2 cannot be deleted' })
    await cannot.getByText('This alias leads to it: prod').waitFor()
    assert.equal(await cannot.getByRole('button').count(), 1)
    await holds(page)
    await cannot.getByRole('button', { name: 'Close' }).click()

    // Where an alias leads there since the page was loaded, the host knows.
    await lead('next', { 1: 100 })
    await versions.getByRole('button', { name: 'Delete version 1' }).click()
    const asks = page.getByRole('dialog')
    await asks.getByText('Executions that run with it go on').waitFor()
    await asks.getByRole('button', { name: 'Delete version' }).click()
    await asks.getByRole('alert').getByText('must not be referenced by an alias').waitFor()
    await asks.getByText('This alias leads to it: next').waitFor()
    await asks.getByRole('button', { name: 'Close' }).click()

    await aliasesOf(page).getByRole('button', { name: 'Delete next' }).click()
    await asks.getByRole('button', { name: 'Delete alias' }).click()
    await aliasesOf(page).getByText('Alias next is deleted.').waitFor()
    await versions.getByRole('button', { name: 'Delete version 1' }).click()
    await asks.getByRole('button', { name: 'Delete version' }).click()
    await focused(versions.getByRole('heading', { name: 'Versions' }))
    await versions.getByText('Version 1 is deleted.').waitFor()
    await shows(versions.getByRole('rowheader'), 2)
    const request = { stateMachineArn: machine.arn }
    const left = await call(host, 'ListStateMachineVersions', request)
    assert.equal(left.stateMachineVersions.length, 2)
  })

  test('a dialog that is opened again as soon as it is closed stays open', async (t) => {
    const { host } = await orders()
    const machine = await published(host, 'versions-asked-again', 1)
    const page = await visit(t, host)
    await page.goto(pathOf(machine.arn))
    const deletes = versionsOf(page).getByRole('button', { name: 'Delete version 1' })
    await deletes.click()
    const asks = page.getByRole('dialog', { name: 'Delete version 1?' })
    const keep = asks.getByRole('button', { name: 'Keep it' })
    await keep.evaluate(
      async (/** @type {any} */ keep, /** @type {any} */ again) => {
        const dialog = keep.closest('dialog')
        const closed = new Promise((told) => dialog.addEventListener('close', told))
        keep.click()
        // Before the browser tells that it is closed.
        for (let turn = 0; dialog.open && turn < 1000; turn += 1) await Promise.resolve()
        again.click()
        await closed
      },
      await deletes.elementHandle(),
    )
    await asks.getByRole('button', { name: 'Delete version' }).click()
    await versionsOf(page).getByText('No version is published').waitFor()
  })

  test('of a machine whose executions are not listed there is no way to a list', async (t) => {
    const { host } = await orders()
    const { stateMachineArn } = await call(host, 'CreateStateMachine', {
      name: 'versions-express',
      type: 'EXPRESS',
      definition: JSON.stringify(QUICK),
      roleArn: 'arn:aws:iam::000000000000:role/any',
      publish: true,
    })
    const page = await visit(t, host)
    await page.goto(pathOf(stateMachineArn))
    await versionsOf(page).getByRole('link', { name: 'Start with version 1' }).waitFor()
    await page.getByText('Express', { exact: true }).waitFor()
    assert.equal(await page.getByRole('link', { name: 'Executions by version 1' }).count(), 0)
  })

  test('executions are listed by the version or the alias that they were started with', async (t) => {
    const { host } = await orders()
    const machine = await published(host, 'versions-listed', 2)
    await call(host, 'CreateStateMachineAlias', {
      name: 'prod',
      routingConfiguration: machine.routes({ 1: 100 }),
    })
    for (const [name, qualifier] of Object.entries({ a: '', b: ':1', c: ':2', d: ':prod' }))
      await start(host, machine.arn + qualifier, `list-${name}`)
    const page = await visit(t, host)
    const rows = page.getByRole('table', { name: /Executions/ }).getByRole('rowheader')
    await page.goto(pathOf(machine.arn))
    await versionsOf(page).getByRole('link', { name: 'Executions by version 1' }).click()
    await shows(rows, 2)
    await page.getByRole('cell', { name: 'prod · 1' }).waitFor()
    const which = page.getByRole('combobox', { name: 'Version or alias' })
    assert.equal(await which.inputValue(), '1')
    await holds(page)

    // News of others are left out, and of these shown.
    await page.mouse.move(0, 0)
    await which.blur()
    await start(host, `${machine.arn}:2`, 'list-e')
    await start(host, `${machine.arn}:1`, 'list-f')
    await rows.filter({ hasText: 'list-f' }).waitFor()
    await shows(rows, 3)

    await which.selectOption('prod')
    await shows(rows, 1)
    await which.selectOption('All versions')
    await shows(rows, 6)
    await page.goto(pathOf(machine.arn))
    await aliasesOf(page).getByRole('link', { name: 'Executions by prod' }).click()
    await shows(rows, 1)
    await rows.filter({ hasText: 'list-d' }).waitFor()
    // Another part of the page means something else by it.
    await page.getByRole('link', { name: 'Definition' }).click()
    await page.waitForURL((url) => !url.search.includes('version'))

    // A version that is gone is still what executions were started with; another machine has others.
    const stateMachineVersionArn = `${machine.arn}:2`
    await call(host, 'DeleteStateMachineVersion', { stateMachineVersionArn })
    await page.goto(`/console/executions?machine=${encodeURIComponent(machine.arn)}&version=2`)
    await shows(rows, 2)
    assert.equal(await which.locator('option:checked').textContent(), 'Version 2')
    await page.getByRole('combobox', { name: 'Machine' }).selectOption('All machines')
    await which.waitFor({ state: 'detached' })
    await page.waitForURL((url) => !url.search.includes('version'))
  })
})
