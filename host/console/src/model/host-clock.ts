// The host's time, from what its answers say of it: the clock of whoever looks at it may be wrong.

/** A `Date` header has whole seconds, in milliseconds. */
const STEP = 1000

export class HostClock {
  /** How much the host's clock is ahead: at least and at most, in milliseconds. */
  #least = -Infinity
  #most = Infinity

  /** `own` reads the own clock, in milliseconds since 1970. */
  constructor(private readonly own: () => number = Date.now) {}

  /** An answer's `Date`, and when by the own clock it was asked for and came. */
  heard(date: number, sent: number, came: number): void {
    if (Number.isNaN(date)) return
    const least = date - came
    const most = date + STEP - sent
    this.#least = Math.max(this.#least, least)
    this.#most = Math.min(this.#most, most)
    // One of the clocks was set meanwhile.
    if (this.#least > this.#most) [this.#least, this.#most] = [least, most]
  }

  /** How much the host's clock is ahead, in milliseconds; nothing where the two may be the same. */
  get ahead(): number {
    const [least, most] = [this.#least, this.#most]
    return least <= 0 && most >= 0 ? 0 : (least + most) / 2
  }

  /** The host's time where the own clock has `own`. In milliseconds since 1970. */
  now(own = this.own()): number {
    return own + this.ahead
  }
}
