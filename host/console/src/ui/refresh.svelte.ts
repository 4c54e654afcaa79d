// Asking again for what changes.

import type { Watch } from '../api/own'
import { watch, type Update } from '../api/watch'
import { client } from '../session.svelte'

/**
 * Calls `again` every so many seconds while the page can be seen, and when it is seen again. To be
 * called while a component is initialised.
 */
export function refreshEvery(seconds: number, again: () => unknown): void {
  $effect(() => {
    let last = Date.now()
    const ask = () => {
      if (document.visibilityState !== 'visible') return
      if (Date.now() - last < seconds * 900) return
      last = Date.now()
      void again()
    }
    const timer = setInterval(ask, seconds * 1000)
    document.addEventListener('visibilitychange', ask)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', ask)
    }
  })
}

/**
 * Calls `again` when executions of the tenant, or of a state machine, are started or end: so many
 * seconds after the first, since figures of it take a moment, and then once for all in between. To be
 * called while a component is initialised.
 */
export function refreshOnNews(
  request: () => Watch['request'],
  seconds: number,
  again: () => unknown,
): void {
  $effect(() => {
    const stop = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const told = (update: Update) => {
      if (update.event === 'counts' || update.event === 'history') return
      timer ??= setTimeout(() => {
        timer = undefined
        if (document.visibilityState === 'visible') void again()
      }, seconds * 1000)
    }
    // What is refused here is refused to the page's own requests, too, which say so.
    watch(client(), request(), told, stop.signal).catch(() => undefined)
    return () => {
      stop.abort()
      clearTimeout(timer)
    }
  })
}
