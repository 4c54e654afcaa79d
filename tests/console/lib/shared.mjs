// What all tests share: one browser, and one host with the order example.

import assert from 'node:assert/strict'
import { after } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { PATIENCE, guarded, launch } from './browser.mjs'
import { Orders } from './order.mjs'

/** @type {Promise<import('playwright-core').Browser> | undefined} */
let browser

/** @type {Promise<Orders> | undefined} */
let example

after(async () => {
  await (await browser)?.close()
  await (await example)?.stop()
})

/** The host, for all tests that do not mind what others do there. */
export function orders() {
  example ??= Orders.start()
  return example
}

/**
 * A page of a host's console, in a context that shares nothing with others. The test fails where
 * the page asks another origin, breaks its policy, or has an error nobody handled or logged.
 *
 * @param {import('node:test').TestContext} t
 * @param {{ url: string }} host
 * @param {import('./browser.mjs').View} [view]
 */
export async function visit(t, host, view = {}) {
  browser ??= launch()
  const guard = await guarded(await browser, host, view)
  t.after(async () => {
    await Promise.race([guard.refused, setTimeout(PATIENCE, undefined, { ref: false })])
    await guard.context.close()
    assert.deepEqual(guard.wrongs(), [], 'the page did what no page may')
  })
  return guard.page
}
