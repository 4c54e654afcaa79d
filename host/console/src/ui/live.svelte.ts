// What changes of executions, told by the host for as long as a component is shown. Components that
// ask for the same share what is told.

import type { ExecutionListItem } from '../api/aws'
import { asApiError, type ApiError, type Client } from '../api/call'
import type { CountExecutions, Watch } from '../api/own'
import { latest, watch, type Update } from '../api/watch'
import { client } from '../session.svelte'

/** How long news are gathered before they are shown together, in milliseconds. */
const GATHERED = 200

/** How long after some were missed all is asked for again, in milliseconds: more may be meanwhile. */
const MISSED = 2000

/** How long it may be before anything is told, in milliseconds. */
const SILENT = 10_000

interface Told {
  /** Executions that were started or redriven, or have ended; each as it is now. */
  executions?: (news: ExecutionListItem[]) => void
  /** How far the Map Run is whose children are watched. */
  mapRun?: (now: Watch['events']['mapRun']) => void
  /** Some may have been missed: ask again for all that is shown. Told once it has begun, too. */
  missed?: () => void
}

export class Live {
  counts = $state.raw<CountExecutions['answer']>()
  /** Whether nothing is told for now: the connection broke or is silent, or the host refuses to tell. */
  deaf = $state(false)
  /** Why there is no news. */
  error = $state.raw<ApiError>()

  /**
   * Watches what `what` says, and again whenever it changes. To be made while a component is
   * initialised.
   */
  constructor(what: () => Watch['request'] | undefined, told: Told = {}) {
    $effect(() => {
      const request = what()
      return request && this.#follow(request, told)
    })
  }

  #follow(request: Watch['request'], told: Told): () => void {
    let news: ExecutionListItem[] = []
    let begun = false
    let timer: ReturnType<typeof setTimeout> | undefined
    let later: ReturnType<typeof setTimeout> | undefined
    const missed = () => {
      clearTimeout(later)
      later = undefined
      told.missed?.()
    }
    const tell = () => {
      told.executions?.(news)
      news = []
    }
    const silent = setTimeout(() => (this.deaf = true), SILENT)
    const leave = join(client(), request, {
      told: (update) => {
        clearTimeout(silent)
        this.deaf = update.event === 'cut'
        if (update.event === 'counts' || update.event === 'mapRun') {
          if (update.event === 'counts') this.counts = update.data
          else told.mapRun?.(update.data)
          if (!begun) missed()
          begun = true
        } else if (update.event === 'execution') {
          if (news.push(update.data) === 1) timer = setTimeout(tell, GATHERED)
        } else if (update.event === 'again') missed()
        else if (update.event === 'lagged') later ??= setTimeout(missed, MISSED)
      },
      refused: (error) => {
        this.deaf = true
        this.error = error
      },
    })
    return () => {
      clearTimeout(timer)
      clearTimeout(later)
      clearTimeout(silent)
      this.deaf = false
      leave()
    }
  }
}

interface Listener {
  told: (update: Update) => void
  refused: (error: ApiError) => void
}

interface Stream {
  listeners: Set<Listener>
  stop: AbortController
  /** What those who come later are told at once. */
  latest?: Update | undefined
  refused?: ApiError
}

const streams = new WeakMap<Client, Map<string, Stream>>()

/** Has a listener told what is watched already, or from now on; and stops with the last one that leaves. */
function join(client: Client, request: Watch['request'], listener: Listener): () => void {
  const those = streams.get(client) ?? new Map<string, Stream>()
  streams.set(client, those)
  const key = JSON.stringify(request)
  const stream = those.get(key) ?? begin(client, request)
  those.set(key, stream)
  stream.listeners.add(listener)
  // Not while it joins: what it is told changes what it shows.
  queueMicrotask(() => {
    if (!stream.listeners.has(listener)) return
    if (stream.latest) listener.told(stream.latest)
    if (stream.refused) listener.refused(stream.refused)
  })
  return () => {
    stream.listeners.delete(listener)
    if (stream.listeners.size) return
    stream.stop.abort()
    if (those.get(key) === stream) those.delete(key)
  }
}

function begin(client: Client, request: Watch['request']): Stream {
  const stream: Stream = { listeners: new Set(), stop: new AbortController() }
  const told = (update: Update) => {
    stream.latest = latest(stream.latest, update)
    for (const it of stream.listeners) it.told(update)
  }
  watch(client, request, told, stream.stop.signal).catch((error: unknown) => {
    stream.refused = asApiError(error)
    for (const it of stream.listeners) it.refused(stream.refused)
  })
  return stream
}
