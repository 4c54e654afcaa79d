// The events of a history, in columns, and the spans that they tell of: how those begin, change, fail and
// end. Which span an event belongs to is not known here.

import { NOTHING, type Defined } from './defined'
import type { StateType } from './graph'
import { isOver, isWithin, type Attempt, type Failure, type Span, type SpanKind } from './spans'
import type { StateStatus } from './status'

/** How a span's status changed, and with which event. */
export interface Change {
  event: number
  span: number
  from: StateStatus | undefined
  to: StateStatus
}

/** Indices are an event's id minus 1. */
export class Telling {
  /** When the execution was started, in milliseconds since 1970. */
  start = 0
  readonly previous: number[] = []
  /** Milliseconds since the start. */
  readonly time: number[] = []
  readonly type: string[] = []
  /** Of the state, or what a task runs; empty for none. */
  readonly name: string[] = []
  /** Index, length or redrive count; -1 for none. */
  readonly number: number[] = []
  readonly error: string[] = []
  /** The span that an event belongs to. */
  readonly spanOf: Span[] = []
  readonly spans: Span[] = []
  readonly changes: Change[] = []
  /** Events of redrives. */
  readonly redrives: number[] = []
  /** By a span's id: how it failed, each time. Where its error is told later, that is put in. */
  readonly failures = new Map<number, Failure[]>()

  /** Attempts of Parallels and Maps of which it was told that they failed for good. */
  protected readonly forGood = new WeakSet<Attempt>()
  /** How many iterations have failed in an attempt of a Map. */
  protected readonly failed = new WeakMap<Attempt, number>()

  /** `defined` tells what events leave to the definition. */
  constructor(readonly defined: Defined = NOTHING) {}

  /** The span of what an event follows from. */
  protected before(id: number): Span {
    return this.spanOf[this.previous[id - 1]! - 1] ?? this.spans[0]!
  }

  protected record(span: Span, failure: Failure): void {
    const known = this.failures.get(span.id)
    if (known) known.push(failure)
    else this.failures.set(span.id, [failure])
  }

  /** What an event that something failed with tells of that, or the one that it follows from does. */
  protected source(event: number): Failure {
    const of = this.spanOf[event - 1]
    const known = of && this.failures.get(of.id)
    const same = known?.findLast((it) => it.event === event)
    if (same) return same
    const forGood = /^(Parallel|Map)StateFailed$/.test(this.type[event - 1] ?? '')
    return (forGood && known?.at(-1)) || { event, error: this.error[event - 1] ?? '' }
  }

  /** A state that has no retriers or catchers fails, and with it what it is in. */
  protected failState(id: number, span: Span, failure: Failure): void {
    this.record(span, failure)
    this.set(id, span, 'failed')
    this.failStrand(id, span.parent, failure)
  }

  /** A branch or iteration fails, and with it the Parallel's or Map's attempt, unless that is tolerated. */
  protected failStrand(id: number, strand: Span | undefined, failure: Failure): void {
    const fork = strand?.parent
    if (!strand || !fork) return
    const counted = strand.status === 'failed'
    this.close(id, strand, 'aborted', failure)
    this.set(id, strand, 'failed')
    const attempt = fork.attempts.at(-1)
    if (strand.kind === 'branch' || !attempt) return this.failFork(id, fork, failure)
    const failed = (this.failed.get(attempt) ?? 0) + (counted ? 0 : 1)
    this.failed.set(attempt, failed)
    if (failed > (this.defined.tolerated(fork) ?? 0)) this.failFork(id, fork, failure)
  }

  /** An attempt of a Parallel or Map fails, because of what is in it or as a whole. */
  protected failFork(id: number, fork: Span, failure: Failure, ended = id): void {
    if (isOver(fork.status)) return
    const attempt = fork.attempts.at(-1)
    const known = attempt?.ended && attempt.failed
    const tooMany = fork.type === 'Map' && this.isTolerant(fork, failure)
    const error = tooMany ? 'States.ExceedToleratedFailureThreshold' : failure.error
    const whole = tooMany ? { event: failure.event, error } : failure
    if (attempt && !attempt.ended) Object.assign(attempt, { ended, failed: true, error })
    if (!known) this.record(fork, whole)
    this.close(id, fork, 'aborted', failure)
    this.set(id, fork, 'retrying')
  }

  /** No other attempt of a Parallel or Map comes; where nothing catches that, what it is in fails, too. */
  protected failForGood(id: number, fork: Span): void {
    const attempt = fork.attempts.at(-1)
    if (attempt) this.forGood.add(attempt)
    const failure = this.failures.get(fork.id)?.at(-1)
    if (!failure || isOver(fork.status) || this.defined.catches(fork, failure.error)) return
    this.set(id, fork, 'failed')
    this.failStrand(id, fork.parent, failure)
  }

  /** Whether it fails because more iterations failed than it tolerates, not with the error of one. */
  protected isTolerant(map: Span, failure: Failure): boolean {
    if (map.mapRun || this.defined.tolerated(map) === undefined) return false
    const within = this.spanOf[failure.event - 1]
    return !within || (within !== map && isWithin(within, map))
  }

  /** It runs, and so does what it is in. */
  protected raise(id: number, span: Span | undefined): void {
    for (let it = span; it && !it.left; it = it.parent)
      if (it.status !== 'running') this.set(id, it, 'running')
  }

  protected up(span: Span | undefined, fits: (span: Span) => boolean): Span | undefined {
    for (let it = span; it; it = it.parent) if (fits(it)) return it
    return undefined
  }

  /** Ends what is still open within: what the event follows from has failed, all else is given up. */
  protected close(id: number, within: Span, status: StateStatus, failure?: Failure): void {
    const cause = this.previous[id - 1] ? this.before(id) : undefined
    const close = (span: Span) => {
      for (const child of span.children) {
        if (isOver(child.status)) continue
        const failed = cause && isWithin(cause, child) && status === 'aborted'
        // One that waited to be tried again has failed before.
        if (failed && failure && child.kind === 'state' && child.status === 'running')
          this.record(child, failure)
        this.set(id, child, failed ? 'failed' : status)
        close(child)
      }
    }
    close(within)
  }

  protected span(
    id: number,
    kind: SpanKind,
    name: string,
    parent: Span | undefined,
    index = 0,
    round = 0,
    type: StateType = 'Unknown',
  ): Span {
    const span: Span = {
      id: this.spans.length,
      kind,
      name,
      type,
      index,
      parent,
      before: undefined,
      children: [],
      entered: id,
      left: 0,
      attempts: [],
      length: -1,
      mapRun: 0,
      round,
      status: 'running',
    }
    this.spans.push(span)
    parent?.children.push(span)
    this.changes.push({ event: id, span: span.id, from: undefined, to: 'running' })
    return span
  }

  protected set(id: number, span: Span, to: StateStatus): void {
    if (span.status === to) return
    this.changes.push({ event: id, span: span.id, from: span.status, to })
    span.status = to
  }

  protected end(
    span: Span,
    id: number,
    failed: boolean,
    usage?: Pick<Attempt, 'fuel' | 'peakMemory' | 'durationMs'>,
  ): void {
    const attempt = span.attempts.at(-1)
    if (!attempt || attempt.ended) return
    const error = this.error[id - 1] || (failed && this.error[this.previous[id - 1]! - 1]) || ''
    Object.assign(attempt, usage, { ended: id, failed, error })
  }
}
