// What changes of executions, told by the host for as long as a component is shown.

import type { ExecutionListItem } from '../api/aws'
import { ApiError } from '../api/call'
import type { CountExecutions, Watch } from '../api/own'
import { watch } from '../api/watch'
import { client } from '../session.svelte'

/** How long news are gathered before they are shown together, in milliseconds. */
const GATHERED = 200

interface Told {
  /** Executions that were started or redriven, or have ended; each as it is now. */
  executions?: (news: ExecutionListItem[]) => void
  /** Some may have been missed: ask again for all that is shown. Told once it has begun, too. */
  missed?: () => void
}

export class Live {
  counts = $state.raw<CountExecutions['answer']>()
  /** Why there is no news. */
  error = $state.raw<ApiError>()

  /** Watches what `what` says, and again whenever it changes. To be made while a component is initialised. */
  constructor(what: () => Watch['request'], told: Told = {}) {
    $effect(() => {
      const stop = new AbortController()
      void this.#follow(what(), told, stop.signal)
      return () => stop.abort()
    })
  }

  async #follow(request: Watch['request'], told: Told, stop: AbortSignal): Promise<void> {
    let news: ExecutionListItem[] = []
    let begun = false
    const tell = () => {
      if (!stop.aborted) told.executions?.(news)
      news = []
    }
    try {
      await watch(
        client(),
        request,
        (update) => {
          if (update.event === 'counts') {
            this.counts = update.data
            if (!begun) told.missed?.()
            begun = true
          } else if (update.event === 'execution') {
            if (news.push(update.data) === 1) setTimeout(tell, GATHERED)
          } else if (update.event === 'lagged' || update.event === 'again') told.missed?.()
        },
        stop,
      )
    } catch (error) {
      if (stop.aborted) return
      const text = error instanceof Error ? error.message : String(error)
      this.error = error instanceof ApiError ? error : new ApiError('Error', text)
    }
  }
}
