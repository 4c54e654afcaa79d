// Signing in where a host asks for signatures.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { holds } from './lib/checks.mjs'
import { Tenants } from './lib/tenants.mjs'
import { held, settled } from './lib/wait.mjs'
import { visit } from './lib/shared.mjs'

/** The first thing that is asked with a key. */
const REFUSED = /^refused: 4\d\d Stepwell.DescribeHost/

describe('a host for tenants', () => {
  /** @type {Tenants} */
  let tenants
  before(async () => {
    tenants = await Tenants.start()
  })
  after(() => tenants?.stop())

  /**
   * @param {import('playwright-core').Page} page
   * @param {string} id
   * @param {string} secret
   */
  async function signIn(page, id, secret) {
    await page.getByRole('textbox', { name: 'Access key id' }).fill(id)
    await page.getByRole('textbox', { name: 'Secret access key' }).fill(secret)
    await page.getByRole('button', { name: 'Sign in' }).click()
  }

  test('shows nothing before somebody has signed in', async (t) => {
    const page = await visit(t, tenants.host)
    await page.goto('/console/executions')
    await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor()
    assert.equal(await page.getByRole('navigation').count(), 0)
    await holds(page)
  })

  test('refuses a wrong secret and an unknown key, and says which', async (t) => {
    const page = await visit(t, tenants.host, { refusals: [REFUSED] })
    await page.goto('/console/')
    await signIn(page, tenants.key.id, `${tenants.key.secret}x`)
    const alert = page.getByRole('alert')
    await alert.filter({ hasText: 'This is not the secret of the access key.' }).waitFor()
    await signIn(page, 'AKIAAAAAAAAAAAAAAAAA', tenants.key.secret)
    await alert.filter({ hasText: 'The host does not know this access key.' }).waitFor()
    await holds(page)
  })

  test('lets in who has the key, for as long as the tab is open', async (t) => {
    const page = await visit(t, tenants.host)
    /** @type {string[]} */
    const sent = []
    page.on('request', (request) => {
      sent.push(request.url(), JSON.stringify(request.headers()), request.postData() ?? '')
    })
    await page.goto('/console/executions')
    await signIn(page, tenants.key.id, tenants.key.secret)
    await page.getByRole('heading', { level: 1, name: 'Executions' }).waitFor()
    await page.getByText(tenants.key.account).first().waitFor()
    await settled(page)
    await holds(page)

    await page.reload()
    await page.getByRole('heading', { level: 1, name: 'Executions' }).waitFor()
    assert.ok(
      sent.some((text) => text.includes(tenants.key.id)),
      'no request was signed',
    )
    assert.ok(!sent.some((text) => text.includes(tenants.key.secret)), 'the secret was sent')
    const kept = await page.evaluate(() => JSON.stringify({ ...localStorage }) + document.cookie)
    assert.ok(!kept.includes(tenants.key.secret), 'the secret is kept beyond the tab')

    const other = await visit(t, tenants.host)
    await other.goto('/console/executions')
    await other.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor()

    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor()
  })

  test('asks nobody to sign in while it is not known whether the key is taken', async (t) => {
    const page = await visit(t, tenants.host)
    await page.goto('/console/executions')
    await signIn(page, tenants.key.id, tenants.key.secret)
    await page.getByRole('heading', { level: 1, name: 'Executions' }).waitFor()
    await settled(page)

    const asked = await held(page, 'Stepwell.DescribeHost', 'request')
    await page.reload()
    await asked.reached()
    assert.equal(await page.getByRole('heading', { name: 'Sign in' }).count(), 0)
    asked.pass()
    await page.getByRole('heading', { level: 1, name: 'Executions' }).waitFor()
  })

  test('lets tabs in that are opened while another has the key, until somebody signs out', async (t) => {
    const page = await visit(t, tenants.host)
    await page.goto('/console/machines')
    await signIn(page, tenants.key.id, tenants.key.secret)
    await page.getByRole('heading', { level: 1, name: 'Machines' }).waitFor()

    const opened = page.context().waitForEvent('page')
    await page.getByRole('link', { name: 'Plugins' }).click({ modifiers: ['ControlOrMeta'] })
    const other = await opened
    await other.getByRole('heading', { level: 1, name: 'Plugins' }).waitFor()
    // It has the key by itself from now on, and tells others.
    await page.close()
    await other.reload()
    await other.getByRole('heading', { level: 1, name: 'Plugins' }).waitFor()
    const third = await other.context().newPage()
    await third.goto('/console/executions')
    await third.getByRole('heading', { level: 1, name: 'Executions' }).waitFor()
    const kept = await third.evaluate(() => JSON.stringify({ ...localStorage }) + document.cookie)
    assert.ok(!kept.includes(tenants.key.secret), 'the secret is kept beyond the tabs')

    await third.getByRole('button', { name: 'Sign out' }).click()
    for (const tab of [third, other]) {
      await tab.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor()
      await tab.reload()
      await tab.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor()
    }
  })

  test('has a tab that somebody left before they signed out sign in anew', async (t) => {
    const page = await visit(t, tenants.host)
    await page.goto('/console/machines')
    await signIn(page, tenants.key.id, tenants.key.secret)
    await page.getByRole('heading', { level: 1, name: 'Machines' }).waitFor()
    const other = await page.context().newPage()
    await other.goto('/console/machines')
    await other.getByRole('heading', { level: 1, name: 'Machines' }).waitFor()
    await page.goto('about:blank')
    await other.getByRole('button', { name: 'Sign out' }).click()
    await other.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor()
    await page.goto('/console/machines')
    await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor()
    // Whoever signs in after that is let in again, and stays so.
    await signIn(page, tenants.key.id, tenants.key.secret)
    await page.getByRole('heading', { level: 1, name: 'Machines' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { level: 1, name: 'Machines' }).waitFor()
  })

  test('keeps a key that the host has no time to look at, and waits for a host that is away', async (t) => {
    const page = await visit(t, tenants.host, {
      refusals: [/^refused: 503 Stepwell/, /^refused: 500 Stepwell/],
    })
    await page.goto('/console/machines')
    await signIn(page, tenants.key.id, tenants.key.secret)
    await page.getByRole('heading', { level: 1, name: 'Machines' }).waitFor()
    const form = page.getByRole('heading', { name: 'Sign in' })
    const machines = page.getByRole('heading', { level: 1, name: 'Machines' })
    /** @type {{ status: number, body?: string } | undefined} */
    let refusal = { status: 503 }
    await page.route('/', (route) => (refusal ? route.fulfill(refusal) : route.fallback()))
    await page.reload()
    const lost = page.getByText('No connection to the host')
    await lost.waitFor()
    assert.equal(await form.count(), 0)
    refusal = undefined
    await machines.waitFor()
    await lost.waitFor({ state: 'detached' })

    // What the host says itself.
    const __type = 'com.amazonaws.swf.service.v2.model#ServiceUnavailableException'
    const message = 'The access keys cannot be read at the moment.'
    refusal = { status: 500, body: JSON.stringify({ __type, message }) }
    await page.reload()
    await page.getByRole('alert').filter({ hasText: message }).waitFor()
    assert.equal(await form.count(), 0)
    refusal = undefined
    await machines.waitFor()
    assert.equal(await page.getByText(message).count(), 0)
  })

  test('asks to sign in where the tab that has the key does not answer', async (t) => {
    const page = await visit(t, tenants.host)
    await page.goto('/console/machines')
    const form = { level: 1, name: 'Sign in' }
    await page.getByRole('heading', form).waitFor()
    await page.evaluate(async () => {
      const lock = { mode: /** @type {const} */ ('shared') }
      const held = new Promise((granted) => {
        const hold = () => (granted(undefined), new Promise(() => {}))
        void navigator.locks.request('stepwell-credentials', lock, hold)
      })
      await held
    })
    const other = await page.context().newPage()
    await other.clock.install()
    await other.goto('/console/machines')
    await other.clock.fastForward('00:06')
    await other.getByRole('heading', form).waitFor()
  })

  test('has a key that is disabled refused from then on', async (t) => {
    const key = await tenants.another()
    const page = await visit(t, tenants.host, { refusals: [REFUSED] })
    await page.goto('/console/plugins')
    await signIn(page, key.id, key.secret)
    await page.getByRole('heading', { level: 1, name: 'Plugins' }).waitFor()
    await settled(page)
    await tenants.disable(key.id)
    await page.reload()
    await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor()
  })
})
