// An execution as it stood at any event. Moving on by some events costs no more than what changed
// with them.

import type { History } from './history'
import { isOver, type Attempt, type Failure, type Span } from './spans'
import type { StateStatus } from './status'

export class Standing {
  /** The id of the event that it stands at. */
  event = 0
  /** Of each span by its id; none for those that are yet to come. */
  readonly #statuses: (StateStatus | undefined)[] = []
  /** How many of the history's changes are in. */
  #taken = 0

  constructor(readonly history: History) {}

  status(span: Span): StateStatus | undefined {
    return this.#statuses[span.id]
  }

  /** Moves to an event, on or back. */
  moveTo(event: number): this {
    const { changes } = this.history
    for (; this.#taken < changes.length; this.#taken++) {
      const change = changes[this.#taken]!
      if (change.event > event) break
      this.#statuses[change.span] = change.to
    }
    for (; this.#taken > 0; this.#taken--) {
      const change = changes[this.#taken - 1]!
      if (change.event <= event) break
      this.#statuses[change.span] = change.from
    }
    this.event = event
    return this
  }

  /** The attempts of a span that had begun. */
  attempts(span: Span): Attempt[] {
    return span.attempts.filter((it) => it.scheduled <= this.event)
  }

  /** Whether an attempt had ended. */
  ended(attempt: Attempt): boolean {
    return attempt.ended > 0 && attempt.ended <= this.event
  }

  /** How a span had failed, each time. */
  failures(span: Span): Failure[] {
    return this.history.failures.get(span.id)?.filter((it) => it.event <= this.event) ?? []
  }

  /** With what it failed last, where that is how it stands. */
  failure(span: Span): Failure | undefined {
    const status = this.status(span)
    const failed = status === 'failed' || status === 'retrying' || status === 'caught'
    return failed ? this.failures(span).at(-1) : undefined
  }

  /** With what an attempt of it failed. */
  failureOf(span: Span, attempt: Attempt): Failure | undefined {
    const after = span.attempts[span.attempts.indexOf(attempt) + 1]?.scheduled ?? Infinity
    return this.failures(span).findLast((it) => it.event > attempt.scheduled && it.event < after)
  }

  /** The visits of each state within a span, by the state's name, in the order of their beginnings. */
  visits(within: Span): Map<string, Span[]> {
    const found = new Map<string, Span[]>()
    const inside = new Uint8Array(this.history.spans.length)
    inside[within.id] = 1
    for (let id = within.id + 1; id < this.history.spans.length; id++) {
      const span = this.history.spans[id]!
      if (span.entered > this.event) break
      if (!inside[span.parent!.id]) continue
      inside[id] = 1
      if (span.kind !== 'state') continue
      const same = found.get(span.name)
      if (same) same.push(span)
      else found.set(span.name, [span])
    }
    return found
  }

  /** When a span began and, where it was over by then, ended: milliseconds since the start. */
  time(span: Span): { from: number; to: number | undefined } {
    const from = this.history.time[span.entered - 1]!
    const status = this.status(span)
    if (!status || !isOver(status)) return { from, to: undefined }
    if (span.left && span.left <= this.event) return { from, to: this.history.time[span.left - 1] }
    return { from, to: this.history.time[this.#over(span) - 1] }
  }

  /** The event with which a span that has no end of its own was over. */
  #over(span: Span): number {
    const { changes } = this.history
    for (let at = this.#taken - 1; at >= 0; at--)
      if (changes[at]!.span === span.id) return changes[at]!.event
    return span.entered
  }
}
