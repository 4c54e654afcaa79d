// What is around every page: how one gets there, moves on, comes back, and has it look.

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { create, start } from './lib/api.mjs'
import { holds } from './lib/checks.mjs'
import { Host } from './lib/host.mjs'
import { WAITING } from './lib/machines.mjs'
import { shows } from './lib/wait.mjs'
import { orders, visit } from './lib/shared.mjs'

const PLACES = ['Machines', 'Executions', 'Plugins', 'Cost & health']

test('whoever opens the host in a browser gets to the console', async (t) => {
  const { host } = await orders()
  const page = await visit(t, host)
  await page.goto('/')
  await page.getByRole('heading', { level: 1, name: 'Machines' }).waitFor()
  assert.equal(new URL(page.url()).pathname, '/console/')
})

test('the places are named, and back, forward and reload keep them', async (t) => {
  const { host } = await orders()
  const page = await visit(t, host)
  await page.goto('/console/')
  const main = page.getByRole('navigation', { name: 'Main' })
  const current = main.locator('[aria-current=page]')
  for (const place of PLACES) {
    await main.getByRole('link', { name: place }).click()
    await main.getByRole('link', { name: place }).and(current).waitFor()
    await shows(page.getByRole('heading', { level: 1, name: place }), 1)
    await shows(page.getByRole('heading', { level: 1 }), 1)
    assert.match(await page.title(), /\S · Stepwell$/)
  }
  await page.goBack()
  await main.getByRole('link', { name: 'Plugins' }).and(current).waitFor()
  await page.goBack()
  await main.getByRole('link', { name: 'Executions' }).and(current).waitFor()
  await page.goForward()
  await main.getByRole('link', { name: 'Plugins' }).and(current).waitFor()
  await page.reload()
  await main.getByRole('link', { name: 'Plugins' }).and(current).waitFor()
  assert.equal(new URL(page.url()).pathname, '/console/plugins')
})

test('a place that is not there says so', async (t) => {
  const { host } = await orders()
  const page = await visit(t, host)
  await page.goto('/console/nowhere')
  await page.getByRole('heading', { level: 1, name: 'There is no such page' }).waitFor()
  await holds(page)
  await page.getByRole('link', { name: 'Go to the machines' }).click()
  await page.getByRole('heading', { level: 1, name: 'Machines' }).waitFor()
  // One that cannot be decoded is nowhere, too.
  await page.goto('/console/machines/100%')
  await page.getByRole('heading', { level: 1, name: 'There is no such page' }).waitFor()
})

test('the first key leads past the navigation', async (t) => {
  const { host } = await orders()
  const page = await visit(t, host)
  await page.goto('/console/')
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.keyboard.press('Tab')
  const skip = page.getByRole('link', { name: 'Skip to the content' })
  assert.ok(await skip.evaluate((it) => it === document.activeElement), 'it is not reached first')
  await page.keyboard.press('Enter')
  await page.waitForFunction(() => document.activeElement?.id === 'content')
})

test('the theme is the system’s, or the one that was chosen, also the next time', async (t) => {
  const { host } = await orders()
  const page = await visit(t, host, { theme: 'dark' })
  await page.goto('/console/')
  const ground = () =>
    page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
  const choice = page.getByRole('button', { name: /^Theme/ })
  await choice.waitFor()
  const dark = await ground()
  await choice.click()
  await page.getByRole('button', { name: 'Theme: light' }).waitFor()
  const light = await ground()
  assert.notEqual(light, dark)
  await page.reload()
  await choice.waitFor()
  assert.equal(await ground(), light)
  await choice.click()
  await page.getByRole('button', { name: 'Theme: dark' }).click()
  await page.getByRole('button', { name: 'Theme: system' }).waitFor()
  assert.equal(await ground(), dark)
})

test('what is chosen is in view in a narrow window, which shows that there is more', async (t) => {
  const { host } = await orders()
  const page = await visit(t, host, { width: 390 })
  await page.goto('/console/executions?status=ABORTED')
  const chosen = page
    .getByRole('navigation', { name: 'Status' })
    .getByRole('link', { name: /^Aborted \d/ })
  await chosen.waitFor()
  const bar = page.getByRole('navigation', { name: 'Status' })
  await bar.waitFor()
  await page.waitForFunction(() => {
    const bar = document.querySelector('nav[aria-label=Status]')
    const right = bar?.querySelector('[aria-current]')?.getBoundingClientRect().right ?? Infinity
    const edge = (/** @type {string} */ side) => bar && getComputedStyle(bar).getPropertyValue(side)
    return right <= innerWidth && edge('--before') !== '0px' && edge('--after') === '0px'
  })
})

test('a host that is gone is told', async (t) => {
  const host = await Host.start(['dev', '--port', '0'])
  t.after(() => host.stop())
  const page = await visit(t, host, { refusals: [/net::ERR_/] })
  await page.goto('/console/plugins')
  const place = page
    .getByRole('navigation', { name: 'Main' })
    .getByRole('link', { name: 'Machines' })
  await place.waitFor()
  await host.stop()
  await place.click()
  await page
    .getByRole('alert')
    .filter({ hasText: /still run\?/ })
    .first()
    .waitFor()
})

test('a host that is gone is told until it is back, and nothing seems to go on meanwhile', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'stepwell-console-'))
  const started = (/** @type {string} */ port) =>
    Host.start(['dev', '--port', port, '--data', join(folder, 'data')])
  let host = await started('0')
  t.after(async () => {
    await host.stop()
    await rm(folder, { recursive: true })
  })
  const page = await visit(t, host, { refusals: [/net::ERR_/] })
  await page.clock.install()
  const machine = await create(host, 'waits', WAITING)
  await start(host, machine, 'first')
  await page.goto('/console/executions')
  const rows = page.getByRole('table').getByRole('rowheader')
  await shows(rows, 1)
  const told = page.getByRole('status').getByText('No connection to the host')
  assert.equal(await told.count(), 0)

  await host.stop()
  await told.waitFor()
  await holds(page)
  const duration = page.getByRole('row', { name: /first/ }).getByRole('cell').nth(3)
  const after = async (/** @type {string} */ time) => {
    await page.clock.fastForward(time)
    await page.evaluate(() => new Promise(requestAnimationFrame))
    return duration.innerText()
  }
  // What is shown is brought up to when the host was heard last, which may be by what came since.
  const then = await after('00:05')
  // As long as somebody may leave it open: a clock that goes on shows it.
  assert.equal(await after('10:00'), then)

  host = await started(new URL(host.url).port)
  await start(host, machine, 'second')
  await told.waitFor({ state: 'detached' })
  await shows(rows, 2)
})
