// Live updates: the server-sent events of `Stepwell.Watch`.
// https://html.spec.whatwg.org/multipage/server-sent-events.html

import { EventSourceParserStream } from 'eventsource-parser/stream'
import { passes, Patience } from './again'
import type { Client } from './call'
import type { Watch } from './own'
import { Away, inSight } from './sight'

/** What a watcher is told, by name. `again` says that it was cut off before, and may have missed some. */
export type Update =
  | { [E in keyof Watch['events']]: { event: E; data: Watch['events'][E] } }[keyof Watch['events']]
  | { event: 'again' }

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
  const patience = new Patience()
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
        patience.reset()
        told({ event, data: JSON.parse(data) } as Update)
      }
    } catch (error) {
      if (stop.aborted) return
      if (away.signal.aborted) continue
      if (!passes(error)) throw error
    } finally {
      away.close()
    }
    await patience.pause(stop)
  }
}

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
