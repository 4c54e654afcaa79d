// A definition: what is wrong with it is marked where it is, and it is saved once it is mended.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { call, create } from './lib/api.mjs'
import { holds } from './lib/checks.mjs'
import { orders, visit } from './lib/shared.mjs'

describe('a definition', () => {
  test('is drawn and told with its problems, and saved when it has none', async (t) => {
    const { host } = await orders()
    const definition = {
      StartAt: 'First',
      States: { First: { Type: 'Pass', Next: 'Second' }, Second: { Type: 'Succeed' } },
    }
    const text = JSON.stringify(definition, null, 2)
    const machine = await create(host, 'definition', text)
    const page = await visit(t, host)
    await page.goto(`/console/machines/${encodeURIComponent(machine)}`)
    await page.getByRole('button', { name: /^First\W+Pass/ }).waitFor()
    const problems = page.getByRole('region', { name: 'Problems' })
    await problems.getByText('No problems').waitFor()

    await page.getByRole('button', { name: 'Edit' }).click()
    const editor = page.getByRole('textbox', { name: 'Definition' })
    const wrong = text.replace('"Next": "Second"', '"Next": "Third"')
    await editor.fill(wrong)
    const problem = problems.getByRole('button', { name: /Third/ }).first()
    await problem.waitFor()
    assert.ok(await page.getByRole('button', { name: 'Save', exact: true }).isDisabled())
    await holds(page)
    await problem.click()
    const at = await editor.evaluate((it) => /** @type {HTMLTextAreaElement} */ (it).selectionStart)
    const line = wrong.slice(0, at).split('\n').length
    assert.equal(wrong.split('\n')[line - 1]?.trim(), '"Next": "Third"')

    const mended = text.replaceAll('Second', 'Last')
    await editor.fill(mended)
    await problems.getByText('No problems').waitFor()
    await page.getByRole('button', { name: /^Last\W+Succeed/ }).waitFor()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('button', { name: 'Edit' }).waitFor()
    const saved = await call(host, 'DescribeStateMachine', { stateMachineArn: machine })
    assert.equal(saved.definition, mended)
  })

  test('has what cannot be seen as escapes, also where it is typed', async (t) => {
    const { host } = await orders()
    const machine = await create(host, 'definition-hidden', {
      Comment: 'It is exe\u202egpj.doc',
      StartAt: 'Done',
      States: { Done: { Type: 'Succeed' } },
    })
    const page = await visit(t, host)
    await page.goto(`/console/machines/${encodeURIComponent(machine)}`)
    const editor = page.getByRole('textbox', { name: 'Definition' })
    assert.match(await editor.inputValue(), /It is exe\\u202egpj\.doc/)
    await page.getByRole('button', { name: 'Edit' }).click()
    const text = await editor.inputValue()
    const at = text.indexOf('It is')
    await editor.focus()
    await editor.evaluate(
      (it, at) => /** @type {HTMLTextAreaElement} */ (it).setSelectionRange(at, at),
      at,
    )
    await page.keyboard.insertText('\u200b')
    await page.keyboard.type('!')
    assert.match(await editor.inputValue(), /"\\u200b!It is exe\\u202egpj\.doc"/)
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('button', { name: 'Edit' }).waitFor()
    const saved = await call(host, 'DescribeStateMachine', { stateMachineArn: machine })
    assert.equal(JSON.parse(saved.definition).Comment, '\u200b!It is exe\u202egpj.doc')
  })

  test('that others have saved since is not undone unasked', async (t) => {
    const { host } = await orders()
    const only = (/** @type {string} */ name) =>
      JSON.stringify({ StartAt: name, States: { [name]: { Type: 'Succeed' } } })
    const machine = await create(host, 'definition-shared', only('First'))
    const saved = async () =>
      (await call(host, 'DescribeStateMachine', { stateMachineArn: machine })).definition
    const page = await visit(t, host)
    await page.goto(`/console/machines/${encodeURIComponent(machine)}`)
    await page.getByRole('button', { name: 'Edit' }).click()
    await page.getByRole('textbox', { name: 'Definition' }).fill(only('Mine'))
    await page.getByRole('button', { name: /^Mine\W/ }).waitFor()
    const request = { stateMachineArn: machine, definition: only('Theirs') }
    await call(host, 'UpdateStateMachine', request)

    // What the draft began from outlives a reload.
    await page.reload()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    const asks = page.getByRole('dialog', { name: 'Others have saved it since' })
    await asks.waitFor()
    assert.equal(await saved(), only('Theirs'))
    await holds(page)
    await asks.getByRole('button', { name: 'Save mine' }).click()
    await page.getByRole('button', { name: 'Edit' }).waitFor()
    assert.equal(await saved(), only('Mine'))
  })

  test('that is no JSON is told, and cannot be saved', async (t) => {
    const { host } = await orders()
    const machine = await create(host, 'definition-broken', {
      StartAt: 'Only',
      States: { Only: { Type: 'Succeed' } },
    })
    const page = await visit(t, host)
    await page.goto(`/console/machines/${encodeURIComponent(machine)}`)
    await page.getByRole('button', { name: 'Edit' }).click()
    await page.getByRole('textbox', { name: 'Definition' }).fill('{ "StartAt": ')
    const problems = page.getByRole('region', { name: 'Problems' })
    await problems.getByRole('button', { name: /Error/ }).first().waitFor()
    assert.ok(await page.getByRole('button', { name: 'Save', exact: true }).isDisabled())
    await holds(page)
  })
})
