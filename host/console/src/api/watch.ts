// Live updates: the server-sent events of `Stepwell.Watch`.
// https://html.spec.whatwg.org/multipage/server-sent-events.html

import { EventSourceParserStream } from 'eventsource-parser/stream'
import { passes, Patience } from './again'
import { connection, type Client } from './call'
import type { Watch } from './own'
import { Away, inSight } from './sight'
import { place, together } from './tabs'

/** How long after a look how things are the next one is taken, in milliseconds. */
const LOOK = 2000

/**
 * What a watcher is told, by name. `cut` says that nothing is told for now; `again` that this is over,
 * or that nobody saw the page for a while, and that some may have been missed.
 */
export type Update =
  | { [E in keyof Watch['events']]: { event: E; data: Watch['events'][E] } }[keyof Watch['events']]
  | { event: 'cut' | 'again' }

/** What those who come later are told first: how things are. */
export function latest(last: Update | undefined, update: Update): Update | undefined {
  if (update.event === 'cut') return undefined
  const { event } = update
  return event === 'counts' || event === 'history' || event === 'mapRun' ? update : last
}

/**
 * Tells what changes until it is stopped, with one connection for all tabs that watch the same. One
 * that breaks is made again, and one that was given up because nobody sees the page once somebody
 * does; what the host refuses is thrown.
 */
export async function watch(
  client: Client,
  request: Watch['request'],
  told: (update: Update) => void,
  stop: AbortSignal,
): Promise<void> {
  const name = `stepwell-watch ${client.credentials.accessKeyId} ${JSON.stringify(request)}`
  for (let again = false; !stop.aborted; again = true) {
    await inSight(stop)
    const away = new Away()
    const end = AbortSignal.any([stop, away.signal])
    let back = again
    const relayed = (update: Update) => {
      // Another tab may have been told, whose connection it was.
      if (update.event === 'cut') connection.check()
      else {
        if (back && update.event !== 'again') told({ event: 'again' })
        back = false
      }
      told(update)
    }
    try {
      await together(
        name,
        relayed,
        latest,
        (tell, others) => follow(client, request, tell, others, end),
        end,
      )
    } finally {
      away.close()
    }
  }
}

/**
 * Tells what changes until it is to end. Where too much is watched already, it only looks how things
 * are every now and then, lest nothing else be answered.
 */
async function follow(
  client: Client,
  request: Watch['request'],
  told: (update: Update) => void,
  again: boolean,
  end: AbortSignal,
): Promise<void> {
  const patience = new Patience()
  for (; !end.aborted; again = true) {
    const leave = await place()
    const over = new AbortController()
    let looked = false
    try {
      const signal = AbortSignal.any([end, over.signal])
      const response = await client.post('Stepwell.Watch', request, signal)
      if (again) told({ event: 'again' })
      const events = response
        .body!.pipeThrough(new TextDecoderStream())
        .pipeThrough(new EventSourceParserStream())
      for await (const { event, data } of iterate(events)) {
        patience.reset()
        told({ event, data: JSON.parse(data) } as Update)
        looked = !leave
        if (looked) break
      }
    } catch (error) {
      if (end.aborted) return
      if (!passes(error)) throw error
    } finally {
      over.abort()
      leave?.()
    }
    if (!looked) told({ event: 'cut' })
    await patience.pause(end, looked ? LOOK : undefined)
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
