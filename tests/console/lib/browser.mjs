// The browser, and pages in it that are guarded: what no page of the console may do is noted.

import { chromium } from 'playwright-core'

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** How long anything that is awaited may take, in milliseconds: a busy machine has two cores. */
export const PATIENCE = 20_000

/** Starts a browser with a profile of its own, which is gone with it. */
export function launch() {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
  return chromium.launch({ executablePath, args: ARGUMENTS })
}

/**
 * @typedef {object} View
 * @property {number} [width] of the window; 1280 by default
 * @property {'light' | 'dark'} [theme] what the system prefers
 * @property {RegExp[]} [refusals] wrongs that the test is about: each must be noted
 */

/**
 * A page whose wrongs are noted.
 *
 * @param {import('playwright-core').Browser} browser
 * @param {{ url: string }} host
 * @param {View} [view]
 */
export async function guarded(
  browser,
  host,
  { width = 1280, theme = 'light', refusals = [] } = {},
) {
  const context = await browser.newContext({
    baseURL: host.url,
    viewport: { width, height: width < 600 ? 844 : 800 },
    colorScheme: theme,
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
  })
  context.setDefaultTimeout(PATIENCE)
  /** @type {string[]} */
  const wrongs = []
  const missing = new Set(refusals)
  /** @type {() => void} */
  let complete
  const refused = new Promise((resolve) => (complete = () => resolve(undefined)))
  const note = (/** @type {string} */ wrong) => {
    const known = refusals.find((refusal) => refusal.test(wrong))
    if (!known) return void wrongs.push(wrong)
    missing.delete(known)
    if (missing.size === 0) complete()
  }
  await context.exposeBinding('noteViolation', (_, text) => note(text))
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => {
      const note = /** @type {any} */ (window).noteViolation
      note(`policy: ${event.violatedDirective} refused ${event.blockedURI}`)
    })
  })
  context.on('request', (request) => {
    const url = new URL(request.url())
    if (url.origin !== new URL(host.url).origin) note(`request: ${url.href}`)
  })
  context.on('response', (response) => {
    if (response.status() < 400) return
    const target = response.request().headers()['x-amz-target']
    note(`refused: ${response.status()} ${target ?? response.url()}`)
  })
  context.on('weberror', (error) => note(`error: ${error.error()}`))
  context.on('console', (message) => {
    // Answers that refuse something are noted as such.
    const refused = message.text().includes('the server responded with a status of')
    if (message.type() === 'error' && !refused) note(`console: ${message.text()}`)
  })
  return {
    context,
    page: await context.newPage(),
    /** Ends when all that was to be refused was: news of an answer can come after what it changed. */
    refused: refusals.length > 0 ? refused : Promise.resolve(),
    /** What the page did wrong, and what it was to be refused and was not. */
    wrongs: () => [...wrongs, ...[...missing].map((it) => `not refused: ${it}`)],
  }
}
