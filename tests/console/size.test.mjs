// How much of the network the console takes.

import assert from 'node:assert/strict'
import { get } from 'node:http'
import { test } from 'node:test'
import { orders } from './lib/shared.mjs'

/** Bytes: of all the files of the console together, as they are sent. */
const MOST = 200_000

/**
 * A file as a browser asks for it.
 *
 * @param {string} url
 * @returns {Promise<{ bytes: number, zipped: boolean }>}
 */
function transferred(url) {
  return new Promise((resolve, reject) => {
    get(url, { headers: { 'accept-encoding': 'gzip, deflate, br, zstd' } }, (response) => {
      let bytes = 0
      const zipped = response.headers['content-encoding'] === 'gzip'
      response.on('data', (chunk) => (bytes += chunk.length))
      response.on('end', () => resolve({ bytes, zipped }))
      response.on('error', reject)
    }).on('error', reject)
  })
}

/**
 * The files that the page is made of, each with what it is sent as: what the first one names, what
 * these name, and so on.
 *
 * @param {string} base
 */
async function files(base) {
  const found = new Map()
  const ask = ['']
  for (let name = ask.pop(); name !== undefined; name = ask.pop()) {
    if (found.has(name)) continue
    const response = await fetch(new URL(name, base))
    assert.equal(response.status, 200, `${name} is missing`)
    found.set(name, await transferred(new URL(name, base).href))
    const text = await response.text()
    for (const [, asset = ''] of text.matchAll(
      /["'`](?:\/console\/|\.\/)?((?:assets\/)?[\w.-]+\.(?:js|css|svg))["'`]/g,
    )) {
      if (asset === 'icon.svg' || asset.startsWith('assets/')) ask.push(asset)
      else if (name.startsWith('assets/')) ask.push(`assets/${asset}`)
    }
  }
  return found
}

test('the whole console is less than 200 kB, compressed', async (t) => {
  const { host } = await orders()
  const found = await files(`${host.url}/console/`)
  const names = [...found.keys()]
  for (const kind of [/^$/, /index.*\.js$/, /index.*\.css$/, /Execution.*\.js$/, /icon\.svg$/]) {
    assert.ok(
      names.some((name) => kind.test(name)),
      `no ${kind} among ${names}`,
    )
  }
  for (const [name, { bytes, zipped }] of found) {
    assert.ok(zipped || bytes < 1_000, `${name} is sent as it is: ${bytes} bytes`)
  }
  const total = [...found.values()].reduce((sum, { bytes }) => sum + bytes, 0)
  t.diagnostic(`${found.size} files, ${(total / 1000).toFixed(1)} kB`)
  assert.ok(total < MOST, `${total} bytes`)
})
