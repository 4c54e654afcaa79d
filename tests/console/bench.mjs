// How long the console takes to show a list of very many executions, and one with very many events.
//
//     node bench.mjs DATA [RUNS]
//
// DATA is the directory of a host's data, as `cargo xtask bench seed` fills it.

import { call } from './lib/api.mjs'
import { guarded, launch } from './lib/browser.mjs'
import { Host } from './lib/host.mjs'
import { median, shownAfter, watchFor } from './lib/measure.mjs'

const [data, runs = '7'] = process.argv.slice(2)
if (!data) throw new Error('which directory has the data? `node bench.mjs DATA`')

const ROWS = { selector: 'main table tbody tr', least: 20 }
const NODES = { selector: 'main [data-state]', least: 2 }

/**
 * Opens a place anew and again, as often as asked: with a browser that has nothing of the console
 * yet, and once more with what it has kept by then.
 *
 * @param {Host} host
 * @param {string} path
 * @param {{ selector: string, least: number }[]} wanted
 */
async function measure(host, path, wanted) {
  const times = { cold: /** @type {number[]} */ ([]), warm: /** @type {number[]} */ ([]) }
  for (let run = 0; run < Number(runs); run += 1) {
    const browser = await launch()
    const { context, page, wrongs } = await guarded(browser, host)
    await watchFor(context, wanted)
    await page.goto(path)
    times.cold.push(await shownAfter(page))
    await page.reload()
    times.warm.push(await shownAfter(page))
    await browser.close()
    if (wrongs().length) throw new Error(wrongs().join('\n'))
  }
  return times
}

/**
 * @param {string} title
 * @param {Record<string, number[]>} times
 */
function print(title, times) {
  for (const [kind, all] of Object.entries(times)) {
    const range = `${Math.min(...all).toFixed(0)} to ${Math.max(...all).toFixed(0)}`
    console.log(`${title}, ${kind}: ${median(all).toFixed(0)} ms (${range}, ${all.length} runs)`)
  }
}

const host = await Host.start(['dev', '--port', '0', '--data', data])
try {
  const { counts } = await call(host, 'Stepwell.CountExecutions', {})
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0)
  print(
    `list of ${total.toLocaleString('en')} executions`,
    await measure(host, '/console/executions', [ROWS]),
  )
  const arn = await longest(host)
  const { events } = await call(host, 'GetExecutionHistory', {
    executionArn: arn,
    reverseOrder: true,
    maxResults: 1,
  })
  const path = `/console/executions/${encodeURIComponent(arn)}`
  print(
    `execution of ${events[0].id.toLocaleString('en')} events`,
    await measure(host, path, [NODES]),
  )
} finally {
  await host.stop()
}

/**
 * The execution with very many events.
 *
 * @param {Host} host
 */
async function longest(host) {
  const { executions } = await call(host, 'Stepwell.SearchExecutions', {
    namePrefix: 'many-events',
    maxResults: 1,
  })
  if (!executions.length) throw new Error(`no execution in ${data} is named many-events`)
  return executions[0].executionArn
}
