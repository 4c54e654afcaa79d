// The checks that all tests rely on, held against pages that are wrong on purpose.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile, readdir } from 'node:fs/promises'
import { createServer } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { guarded, launch } from './lib/browser.mjs'
import { overflow, violations } from './lib/checks.mjs'
import { median, shownAfter, watchFor } from './lib/measure.mjs'

describe('what all tests check', () => {
  const server = createServer((request, response) => {
    const body = decodeURIComponent(request.url?.split('?')[1] ?? '')
    response.writeHead(request.url?.startsWith('/missing') ? 404 : 200, {
      'content-type': 'text/html',
      'content-security-policy': "default-src 'self'; script-src 'unsafe-inline'; connect-src *",
    })
    response.end(`<!doctype html><html lang="en"><title>x</title><main><h1>x</h1>${body}</main>`)
  })
  /** @type {import('playwright-core').Browser} */
  let browser
  const host = { url: '' }

  before(async () => {
    browser = await launch()
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const address = /** @type {import('node:net').AddressInfo} */ (server.address())
    host.url = `http://127.0.0.1:${address.port}`
  })
  after(async () => {
    await browser.close()
    server.close()
  })

  /**
   * @param {string} body
   * @param {RegExp[]} [refusals]
   */
  async function show(body, refusals = []) {
    const guard = await guarded(browser, host, { refusals, width: 390 })
    await guard.page.goto(`/?${encodeURIComponent(body)}`)
    await guard.page.evaluate(() => new Promise((shown) => setTimeout(shown)))
    return guard
  }

  test('a page that does nothing wrong passes', async () => {
    const guard = await show('<p>Fine.</p>')
    assert.deepEqual(guard.wrongs(), [])
    assert.deepEqual(await violations(guard.page), [])
    assert.deepEqual(await overflow(guard.page), [])
  })

  /** @type {[string, string, RegExp][]} */
  const wrong = [
    [
      'another origin',
      '<script>fetch("http://127.0.0.1:9/x").catch(() => {})</script>',
      /^request: http:..127/,
    ],
    [
      'a policy that is broken',
      '<p style="color: red">Red.</p>',
      /^policy: style-src-attr refused inline/,
    ],
    [
      'an error that nobody handles',
      '<script>setTimeout(() => { throw new Error("no") })</script>',
      /^error: Error: no/,
    ],
    [
      'a promise that nobody handles',
      '<script>Promise.reject(new Error("no"))</script>',
      /^error: Error: no/,
    ],
    ['an error that is logged', '<script>console.error("trouble")</script>', /^console: trouble/],
    ['a file that is missing', '<img alt="" src="/missing">', /^refused: 404 http:.*\/missing$/],
  ]
  for (const [name, body, expected] of wrong) {
    test(`${name} is noted`, async () => {
      const wrongs = (await show(body)).wrongs()
      assert.ok(
        wrongs.some((it) => expected.test(it)),
        JSON.stringify(wrongs),
      )
    })
  }

  test('a refusal that is expected must come', async () => {
    const body = '<img alt="" src="/missing">'
    assert.deepEqual((await show(body, [/404/])).wrongs(), [])
    assert.deepEqual((await show('', [/404/])).wrongs(), ['not refused: /404/'])
  })

  test('a control without a name, and a text too faint, are found', async () => {
    const bare = await violations((await show('<button></button>')).page)
    assert.match(bare.join(), /button-name: button/)
    const { page } = await show('<p>Faint.</p>')
    await page.evaluate(() => document.querySelector('p')?.style.setProperty('color', '#ccc'))
    assert.match((await violations(page)).join(), /color-contrast: p/)
  })

  test('what is wider than the screen is found', async () => {
    const { page } = await show(`<p>${'x'.repeat(200)}</p>`)
    assert.match((await overflow(page)).join(), /390 pixels: the page is \d+ wide: .*p\./)
  })

  test('what is measured is when as much was shown as was waited for', async () => {
    const guard = await guarded(browser, host)
    await watchFor(guard.context, [{ selector: 'li', least: 2 }])
    const late =
      '<ul id="list"><li>One.</li></ul><script>setTimeout(() => {' +
      'performance.mark("late"); list.append(document.createElement("li")) }, 300)</script>'
    await guard.page.goto(`/?${encodeURIComponent(late)}`)
    const shown = await shownAfter(guard.page)
    const added = await guard.page.evaluate(
      () => performance.getEntriesByName('late')[0]?.startTime ?? NaN,
    )
    assert.ok(shown > added && added >= 300, `${shown} after ${added}`)
    assert.deepEqual([median([3, 1, 2]), median([4, 1, 2, 3])], [2, 2.5])
  })
})

test('all tests are among those that run together', async () => {
  const there = await readdir(new URL('.', import.meta.url))
  const all = await readFile(new URL('all.mjs', import.meta.url), 'utf8')
  const imported = [...all.matchAll(/^import '\.\/(.+)'$/gm)].map((it) => it[1])
  assert.deepEqual(imported.toSorted(), there.filter((it) => it.endsWith('.test.mjs')).toSorted())
})
