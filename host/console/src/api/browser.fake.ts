// Locks and channels as tabs of one browser have them, for tests.

import { vi } from 'vitest'

type Callback = (lock: Lock | null) => unknown

/** What of the Web Locks API is used. */
class Locks {
  readonly #held = new Set<string>()
  readonly #waiting: { name: string; start: () => void }[] = []

  request(name: string, options: LockOptions, callback: Callback): Promise<unknown> {
    const { ifAvailable, signal } = options
    if (ifAvailable && this.#held.has(name)) return Promise.resolve(callback(null))
    return new Promise((resolve, reject) => {
      const waits = {
        name,
        start: () => {
          signal?.removeEventListener('abort', abort)
          void this.#hold(name, callback).then(resolve, reject)
        },
      }
      const abort = () => {
        const at = this.#waiting.indexOf(waits)
        if (at >= 0) this.#waiting.splice(at, 1)
        reject(signal?.reason as Error)
      }
      if (signal?.aborted) abort()
      else if (!this.#held.has(name)) waits.start()
      else {
        signal?.addEventListener('abort', abort)
        this.#waiting.push(waits)
      }
    })
  }

  async #hold(name: string, callback: Callback): Promise<unknown> {
    this.#held.add(name)
    try {
      return await callback({ name, mode: 'exclusive' })
    } finally {
      this.#held.delete(name)
      const next = this.#waiting.findIndex((it) => it.name === name)
      this.#waiting.splice(next, next < 0 ? 0 : 1)[0]?.start()
    }
  }
}

/** Whoever has opened one of a name hears what all others of it post. */
class Channel {
  static readonly open = new Set<Channel>()
  onmessage: ((event: { data: unknown }) => void) | null = null

  constructor(readonly name: string) {
    Channel.open.add(this)
  }

  postMessage(data: unknown): void {
    const copy: unknown = structuredClone(data)
    for (const it of Channel.open)
      if (it !== this && it.name === this.name) queueMicrotask(() => it.#hear(copy))
  }

  close(): void {
    Channel.open.delete(this)
  }

  #hear(data: unknown): void {
    if (Channel.open.has(this)) this.onmessage?.({ data })
  }
}

/** Whether tabs are seen. */
export class Page extends EventTarget {
  hidden = false
  show(shown: boolean): void {
    this.hidden = !shown
    this.dispatchEvent(new Event('visibilitychange'))
  }
}

/** Has the test run in a browser; `vi.unstubAllGlobals` ends it. */
export function stubBrowser({ locks = true } = {}): Page {
  const page = new Page()
  Channel.open.clear()
  vi.stubGlobal('document', page)
  vi.stubGlobal('navigator', locks ? { locks: new Locks() } : {})
  vi.stubGlobal('BroadcastChannel', Channel)
  return page
}
