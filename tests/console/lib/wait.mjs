// Waiting for what will be shown, without sleeping: the browser tells when it is.

import { setTimeout } from 'node:timers/promises'
import { PATIENCE } from './browser.mjs'

/**
 * What is waited for; fails where it takes too long.
 *
 * @template T
 * @param {Promise<T>} promise
 * @param {string} what is said then
 * @param {number} [patience] in milliseconds
 * @returns {Promise<T>}
 */
export function within(promise, what, patience = PATIENCE) {
  const fails = async () => {
    await setTimeout(patience, undefined, { ref: false })
    throw new Error(what)
  }
  return Promise.race([promise, fails()])
}

/**
 * Holds a page's next request for something, or the host's answer to it, until it is let pass.
 *
 * @param {import('playwright-core').Page} page
 * @param {string} target
 * @param {'request' | 'answer'} what
 */
export async function held(page, target, what) {
  /** @type {() => void} */
  let pass = () => {}
  const passes = new Promise((resolve) => (pass = () => resolve(undefined)))
  /** @type {() => void} */
  let reach = () => {}
  const reached = new Promise((resolve) => (reach = () => resolve(undefined)))
  let first = true
  await page.route('/', async (route) => {
    if (!first || route.request().headers()['x-amz-target'] !== target) return route.fallback()
    first = false
    const response = what === 'answer' ? await route.fetch() : undefined
    reach()
    await passes
    return response ? route.fulfill({ response }) : route.continue()
  })
  return {
    /** Ends when there is something to let pass. */
    reached: () => within(reached, `nothing of ${target} is held`),
    pass,
  }
}

/**
 * Waits until exactly so many elements are there.
 *
 * @param {import('playwright-core').Locator} locator
 * @param {number} count
 */
export async function shows(locator, count) {
  if (count > 0) await locator.nth(count - 1).waitFor({ state: 'attached' })
  await locator.nth(count).waitFor({ state: 'detached' })
}

/**
 * Waits until a page has what it asked for: nothing in it says that it is busy.
 *
 * @param {import('playwright-core').Page} page
 */
export async function settled(page) {
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' })
  await page
    .getByText(/^Loading ?…/)
    .first()
    .waitFor({ state: 'detached' })
}

/**
 * Goes from control to control by the Tab key until one is reached, as somebody without a mouse
 * does; and fails where it cannot be seen which one has the focus.
 *
 * @param {import('playwright-core').Page} page
 * @param {import('playwright-core').Locator} to
 * @param {{ most?: number, back?: boolean }} [how] how many steps it may take, and whether backwards
 */
export async function tabTo(page, to, { most = 80, back = false } = {}) {
  await to.waitFor()
  for (let step = 0; step < most; step += 1) {
    await page.keyboard.press(back ? 'Shift+Tab' : 'Tab')
    if (!(await to.evaluate((it) => it === document.activeElement))) continue
    const seen = await to.evaluate((it) => {
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(it)
      return (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none'
    })
    if (!seen) throw new Error(`${to} does not show that it has the focus`)
    return
  }
  throw new Error(`${to} is not reached by ${most} steps of the Tab key`)
}
