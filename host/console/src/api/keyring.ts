// Whose credentials the tabs of a browser have. A tab that is opened asks those of the same origin,
// which tell it; they are written nowhere that outlives the tabs.

import type { Credentials } from './call'
import { locks } from './tabs'

/** Names the channel that the tabs talk on, and the lock that those with credentials share. */
const NAME = 'stepwell-credentials'

/** How long an answer is waited for, in milliseconds: the tabs that could give it may be asleep. */
const SHORTLY = 5000

type Said = 'asked' | 'dropped' | { credentials: Credentials }

export class Keyring {
  readonly #channel = new BroadcastChannel(NAME)
  #credentials: Credentials | undefined
  /** Ends the lock of who has credentials, or its request. */
  #held: AbortController | undefined
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
    this.#credentials = credentials
    if (this.#held) return
    const { signal } = (this.#held = new AbortController())
    const hold = () => new Promise((leave) => signal.addEventListener('abort', leave))
    // It fails only where it is dropped before it is granted.
    locks()
      ?.request(NAME, { mode: 'shared', signal }, hold)
      .catch(() => {})
  }

  /** Has none told any more. */
  drop(): void {
    this.#credentials = undefined
    this.#held?.abort()
    this.#held = undefined
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
