// Whether the page can be seen. One that cannot needs no connection, of which a browser makes few to a
// host, for all its tabs together.

/** How long a page may be out of sight until that counts, in milliseconds. */
const AWAY = 10_000

/** Waits until the page can be seen, or is told to stop. */
export function inSight(stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (document.hidden && !stop.aborted) return
      document.removeEventListener('visibilitychange', look)
      stop.removeEventListener('abort', look)
      resolve()
    }
    document.addEventListener('visibilitychange', look)
    stop.addEventListener('abort', look)
    look()
  })
}

/** Tells when the page has been out of sight for a while, until it is closed. */
export class Away {
  readonly #told = new AbortController()
  #timer: ReturnType<typeof setTimeout> | undefined
  readonly #look = () => {
    clearTimeout(this.#timer)
    if (document.hidden) this.#timer = setTimeout(() => this.#told.abort(), AWAY)
  }

  constructor() {
    document.addEventListener('visibilitychange', this.#look)
  }

  /** Aborted once it has. */
  get signal(): AbortSignal {
    return this.#told.signal
  }

  close(): void {
    clearTimeout(this.#timer)
    document.removeEventListener('visibilitychange', this.#look)
  }
}
