// Live updates: the server-sent events of `Stepwell.Watch`.
// https://html.spec.whatwg.org/multipage/server-sent-events.html

import { EventSourceParserStream } from 'eventsource-parser/stream'
import { ApiError, type Client } from './call'
import type { Watch } from './own'
import { Away, inSight } from './sight'

/** What a watcher is told, by name. `again` says that it was cut off before, and may have missed some. */
export type Update =
  | { [E in keyof Watch['events']]: { event: E; data: Watch['events'][E] } }[keyof Watch['events']]
  | { event: 'again' }

/** How long to wait before the host is asked again, at first and at most, in milliseconds. */
const AGAIN = [500, 15_000] as const

/**
 * Tells what changes until it is stopped. A connection that breaks is made again, and one that was
 * given up because nobody sees the page once somebody does; what the host refuses is thrown.
 */
export async function watch(
  client: Client,
  request: Watch['request'],
  told: (update: Update) => void,
  stop: AbortSignal,
): Promise<void> {
  let wait: number = AGAIN[0]
  for (let first = true; !stop.aborted; first = false) {
    await inSight(stop)
    const away = new Away()
    const end = AbortSignal.any([stop, away.signal])
    try {
      const response = await client.post('Stepwell.Watch', request, end)
      if (!first) told({ event: 'again' })
      const events = response
        .body!.pipeThrough(new TextDecoderStream())
        .pipeThrough(new EventSourceParserStream())
      for await (const { event, data } of iterate(events)) {
        wait = AGAIN[0]
        told({ event, data: JSON.parse(data) } as Update)
      }
    } catch (error) {
      if (stop.aborted) return
      if (away.signal.aborted) continue
      const passing = !(error instanceof ApiError) || PASSING.has(error.code)
      if (!passing) throw error
    } finally {
      away.close()
    }
    await pause(wait, stop)
    wait = Math.min(wait * 2, AGAIN[1])
  }
}

const PASSING = new Set(['Unreachable', 'ThrottlingException', 'ServiceUnavailableException'])

async function* iterate<T>(stream: ReadableStream<T>): AsyncGenerator<T> {
  const reader = stream.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    reader.releaseLock()
  }
}

function pause(milliseconds: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds)
    stop.addEventListener('abort', done, { once: true })
    function done() {
      clearTimeout(timer)
      stop.removeEventListener('abort', done)
      resolve()
    }
  })
}
