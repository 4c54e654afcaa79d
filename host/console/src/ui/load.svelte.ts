// What a page asks the host for, and how far that has come.

import { untrack } from 'svelte'
import { asApiError, connection, type ApiError } from '../api/call'

export class Loaded<T> {
  data = $state.raw<T>()
  error = $state.raw<ApiError>()
  loading = $state(true)
  #ask: (signal: AbortSignal) => Promise<T>
  #asked?: AbortController
  /** Whether to ask once more when the answer is there that is on its way. */
  #more = false

  /**
   * Asks at once, again whenever what `ask` reads before its first `await` changes, and when the host
   * is back after it did not answer. To be made while a component is initialised.
   */
  constructor(ask: (signal: AbortSignal) => Promise<T>) {
    this.#ask = ask
    $effect(() => {
      void connection.times
      void this.again()
      return () => this.#asked?.abort()
    })
  }

  /** Asks again; what is there stays until the answer comes. */
  async again(): Promise<void> {
    untrack(() => this.#asked?.abort())
    const asked = new AbortController()
    this.#asked = asked
    this.#more = false
    const answer = this.#ask(asked.signal)
    untrack(() => (this.loading = true))
    try {
      const data = await answer
      if (asked.signal.aborted) return
      this.data = data
      this.error = undefined
    } catch (error) {
      if (asked.signal.aborted) return
      this.error = asApiError(error)
    }
    this.loading = false
    if (this.#more) void this.again()
  }

  /** Asks for what has changed: once more where an answer is on its way, which may be older. */
  refresh(): void {
    if (this.loading) this.#more = true
    else void this.again()
  }

  /** Takes what the host told by itself, which is newer than any answer that is on its way. */
  take(data: T): void {
    untrack(() => this.#asked?.abort())
    this.data = data
    this.error = undefined
    this.loading = false
  }
}
