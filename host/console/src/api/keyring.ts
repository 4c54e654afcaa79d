// Whose credentials the tabs of a browser have. A tab that is opened asks those of the same origin,
// which tell it; they are written nowhere that outlives the tabs.

import type { Credentials } from './call'

/** Names the channel that the tabs talk on, and the lock that those with credentials share. */
const NAME = 'stepwell-credentials'

/** How long an answer is waited for, in milliseconds: the tabs that could give it may be asleep. */
const SHORTLY = 1000

type Said = 'asked' | 'dropped' | { credentials: Credentials }

/** Locks of the origin; none where the page is neither from this computer nor by TLS. */
const locks = () => navigator.locks as LockManager | undefined

export class Keyring {
  readonly #channel = new BroadcastChannel(NAME)
  #credentials: Credentials | undefined
  #leave: (() => void) | undefined
  #answered: ((credentials: Credentials) => void) | undefined

  /** `dropped` is called when another tab has everybody's dropped. */
  constructor(dropped: () => void) {
    this.#channel.onmessage = ({ data }: MessageEvent<Said>) => {
      if (data === 'dropped') dropped()
      else if (data !== 'asked') this.#answered?.(data.credentials)
      else if (this.#credentials) this.#say({ credentials: this.#credentials })
    }
  }

  /** What another tab has; none where there is no other, or none that answers. */
  async ask(): Promise<Credentials | undefined> {
    const { held } = (await locks()?.query()) ?? {}
    if (!held?.some((it) => it.name === NAME)) return undefined
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, SHORTLY, undefined)
      this.#answered = (credentials) => {
        clearTimeout(timer)
        resolve(credentials)
      }
      this.#say('asked')
    })
  }

  /** Has these told to tabs that ask from now on. */
  keep(credentials: Credentials): void {
    const first = !this.#credentials
    this.#credentials = credentials
    if (!first) return
    // It may be dropped before the lock is there.
    const hold = () => this.#credentials && new Promise<void>((leave) => (this.#leave = leave))
    void locks()?.request(NAME, { mode: 'shared' }, hold)
  }

  /** Has none told any more. */
  drop(): void {
    this.#credentials = undefined
    this.#leave?.()
    this.#leave = undefined
  }

  /** Has all tabs drop theirs. */
  dropAll(): void {
    this.drop()
    this.#say('dropped')
  }

  #say(said: Said): void {
    this.#channel.postMessage(said)
  }
}
