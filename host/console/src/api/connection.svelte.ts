// Whether the host answers: noticed by whatever is asked of it, and tried again until it does.

/** How long to wait before the host is asked again, in milliseconds. */
const AGAIN = 2000

export class Connection {
  /** Whether the host does not answer. */
  lost = $state(false)
  /** Since when it does not, in milliseconds since 1970 by the own clock. */
  #since: number | undefined
  /** How often it was lost, and is back. */
  times = $state(0)
  readonly #probe: () => Promise<unknown>
  #timer: ReturnType<typeof setTimeout> | undefined
  readonly #back = new Set<() => void>()

  /** `probe` asks the host for something, and throws where there is no answer. */
  constructor(probe: () => Promise<unknown>) {
    this.#probe = probe
  }

  /** The host did not answer. */
  failed(): void {
    if (this.#since !== undefined) return
    this.#since = Date.now()
    this.lost = true
    this.#later()
  }

  /** It may be lost, or back: asks the host at once. */
  check(): void {
    clearTimeout(this.#timer)
    void this.#try()
  }

  /** The host has answered, be it by a refusal. */
  heard(): void {
    if (this.#since === undefined) return
    clearTimeout(this.#timer)
    this.#since = undefined
    this.lost = false
    this.times++
    for (const told of [...this.#back]) told()
  }

  /** Until when it is known what goes on at the host, in milliseconds since 1970 by the own clock. */
  known(): number {
    return this.#since ?? Date.now()
  }

  /** Calls `told` each time the host is back, until what is returned is called. */
  onBack(told: () => void): () => void {
    this.#back.add(told)
    return () => void this.#back.delete(told)
  }

  #later(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#try(), AGAIN)
  }

  async #try(): Promise<void> {
    try {
      await this.#probe()
      this.heard()
    } catch {
      if (this.#since === undefined) this.failed()
      else this.#later()
    }
  }
}
