// The host's time, for what shows how long something has been going on.

import { createSubscriber } from 'svelte/reactivity'
import { session } from '../session.svelte'

const subscribe = createSubscriber((update) => {
  const timer = setInterval(update, 1000)
  return () => clearInterval(timer)
})

/** Milliseconds since 1970. What reads it is updated each second for as long as it is shown. */
export function now(): number {
  subscribe()
  return session.client?.clock.now() ?? Date.now()
}
