// Asking again for what changes.

import type { Watch } from '../api/own'
import { Live } from './live.svelte'

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
 * Calls `again` when executions are started or end: so many seconds after the first, since figures of
 * it take a moment, and as long after that where there was more in between. To be called while a
 * component is initialised.
 */
export function refreshOnNews(
  what: () => Watch['request'],
  seconds: number,
  again: () => unknown,
): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let more = false
  const soon = () => {
    more = timer !== undefined
    timer ??= setTimeout(() => {
      timer = undefined
      if (document.visibilityState === 'visible') void again()
      if (more) soon()
    }, seconds * 1000)
  }
  $effect(() => () => clearTimeout(timer))
  new Live(what, { executions: soon })
}
