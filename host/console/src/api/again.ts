// Trying again what did not work, where that may pass by itself.

import { ApiError, connection, OF_PROXIES } from './call'

/** How long to wait before the host is asked again, at first and at most, in milliseconds. */
const AGAIN = [500, 15_000] as const

/**
 * How long a wait is at least that the host's coming back cuts short, in milliseconds: where it answers
 * everything but what is tried, it comes back after each attempt.
 */
const BACK = 2000

const PASSING = new Set([
  'Unreachable',
  'ThrottlingException',
  'ServiceUnavailableException',
  ...OF_PROXIES,
])

/** Whether it may pass by itself: the host did not answer, broke off, or has too much to do. */
export function passes(error: unknown): boolean {
  return error instanceof ApiError ? PASSING.has(error.code) : error instanceof TypeError
}

/** Waits between attempts, each time longer. */
export class Patience {
  #wait: number = AGAIN[0]
  #end: (() => void) | undefined

  /** Waits, for so long where that is given; until it is told to stop at most. */
  pause(stop: AbortSignal, wait = this.#longer()): Promise<void> {
    return new Promise((resolve) => {
      if (stop.aborted) return resolve()
      const began = Date.now()
      const end = () => {
        clearTimeout(timer)
        off()
        stop.removeEventListener('abort', end)
        this.#end = undefined
        resolve()
      }
      let timer = setTimeout(end, wait)
      const off = connection.onBack(() => {
        const left = Math.min(wait, BACK) - (Date.now() - began)
        clearTimeout(timer)
        timer = setTimeout(end, Math.max(left, 0))
      })
      stop.addEventListener('abort', end, { once: true })
      this.#end = end
    })
  }

  #longer(): number {
    const wait = this.#wait
    this.#wait = Math.min(wait * 2, AGAIN[1])
    return wait
  }

  /** It worked: the next wait is a short one. */
  reset(): void {
    this.#wait = AGAIN[0]
  }

  /** Ends a wait at once. */
  hurry(): void {
    this.reset()
    this.#end?.()
  }
}

/**
 * Does something, and again for as long as it fails by what may pass, which is told each time.
 * Anything else is thrown.
 */
export async function persist<T>(
  work: () => Promise<T>,
  failed: (error: unknown) => void,
  patience: Patience,
  stop: AbortSignal,
): Promise<T> {
  for (;;) {
    try {
      const result = await work()
      patience.reset()
      return result
    } catch (error) {
      if (stop.aborted || !passes(error)) throw error
      failed(error)
    }
    await patience.pause(stop)
    stop.throwIfAborted()
  }
}
