// How long a page takes, by the browser's own clock.

/**
 * Has every page of a context note when what is waited for is shown: when so many elements match,
 * and the frame with them has been painted.
 *
 * @param {import('playwright-core').BrowserContext} context
 * @param {{ selector: string, least: number }[]} wanted all of these
 */
export async function watchFor(context, wanted) {
  await context.addInitScript((wanted) => {
    const observer = new MutationObserver(() => {
      const there = wanted.every(
        ({ selector, least }) => document.querySelectorAll(selector).length >= least,
      )
      if (!there) return
      observer.disconnect()
      // A task of its own after the next frame's: by then that frame has been painted.
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel()
        port1.onmessage = () => performance.mark('shown')
        port2.postMessage(undefined)
      })
    })
    observer.observe(document, { childList: true, subtree: true })
  }, wanted)
}

/**
 * Waits for the mark, and returns milliseconds from the start of the navigation to it.
 *
 * @param {import('playwright-core').Page} page
 * @returns {Promise<number>}
 */
export async function shownAfter(page) {
  await page.waitForFunction(() => performance.getEntriesByName('shown').length > 0)
  return page.evaluate(() => performance.getEntriesByName('shown')[0]?.startTime ?? NaN)
}

/** @param {number[]} numbers */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2
}
