// What holds for every page, whatever it shows.

import assert from 'node:assert/strict'
import axe from 'axe-core'
import { within } from './wait.mjs'

/** Levels A and AA of WCAG up to 2.2. */
const LEVELS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

const WIDTHS = [1280, 390]
const THEMES = /** @type {const} */ (['light', 'dark'])

/**
 * Holds a page against the accessibility guidelines as it is now: on a wide and a narrow screen, in
 * both themes; and that nothing of it is wider than the screen.
 *
 * @param {import('playwright-core').Page} page
 */
export async function holds(page) {
  const problems = []
  const before = page.viewportSize() ?? { width: 1280, height: 800 }
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: width < 600 ? 844 : 800 })
    // What is drawn for a width is drawn anew in the next frames.
    await within(
      page.evaluate(
        () => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))),
      ),
      'nothing is drawn',
    )
    problems.push(...(await overflow(page)))
    for (const theme of THEMES) {
      // Without motion, lest a colour be looked at while it fades.
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
      for (const problem of await violations(page)) {
        problems.push(`${width} pixels, ${theme}: ${problem}`)
      }
    }
  }
  await page.setViewportSize(before)
  await page.emulateMedia({ colorScheme: null, reducedMotion: null })
  assert.deepEqual(problems, [], `${page.url()} is not as a page must be`)
}

/**
 * What axe-core has against a page.
 *
 * @param {import('playwright-core').Page} page
 * @returns {Promise<string[]>}
 */
export async function violations(page) {
  // By the debugger and not by a tag: the page's policy has no other scripts than the page's.
  await page.evaluate(axe.source)
  const found = await page.evaluate(
    (levels) =>
      /** @type {any} */ (window).axe.run({ runOnly: levels, resultTypes: ['violations'] }),
    LEVELS,
  )
  return found.violations.flatMap((/** @type {any} */ rule) =>
    rule.nodes.map(
      (/** @type {any} */ node) =>
        `${rule.id}: ${node.target.join(' ')}: ${node.failureSummary.replaceAll(/\s+/g, ' ')}`,
    ),
  )
}

/**
 * What makes a page scroll sideways.
 *
 * @param {import('playwright-core').Page} page
 * @returns {Promise<string[]>}
 */
export async function overflow(page) {
  return page.evaluate(() => {
    const root = document.documentElement
    const width = root.clientWidth
    if (root.scrollWidth <= width) return []
    const scrolls = (/** @type {Element | null} */ it) =>
      it !== null && it !== document.body && getComputedStyle(it).overflowX !== 'visible'
    const scrolled = (/** @type {Element | null} */ it) => {
      for (; it; it = it.parentElement) if (scrolls(it)) return true
      return false
    }
    const wide = [...document.querySelectorAll('body *')].filter((element) => {
      const { left, width: own } = element.getBoundingClientRect()
      const right = left + Math.max(own, scrolls(element) ? 0 : element.scrollWidth)
      return right > width + 0.5 && !scrolled(element.parentElement)
    })
    // The innermost last: they are what is too wide.
    const names = wide.slice(-5).map((it) => `${it.tagName.toLowerCase()}.${it.className}`)
    return [`${width} pixels: the page is ${root.scrollWidth} wide: ${names.join(', ')}`]
  })
}
