// A history, taken in as it comes: its events in columns, and the spans that they tell of.
//
// Which span an event belongs to follows from `previousEventId`: events of a branch or iteration follow
// from one another, as AWS has it. What is not said by that is found by the event's name, or by the
// order in which a redrive has the branches and iterations go on.

import type { GetHistoryOutline } from '../api/own'
import type { StateType } from './graph'
import { isOver, isWithin, strandsOf, type Attempt, type Span } from './spans'
import type { StateStatus } from './status'
import { Telling } from './telling'

type Outline = Pick<GetHistoryOutline['answer'], 'startDate' | 'texts' | 'firstEventId' | 'events'>

const ENTERED = /^(\w+)StateEntered$/
const EXITED = /^\w+StateExited$/
const ABORTED = /^(\w+)StateAborted$/
const SCHEDULED = /^(Task|LambdaFunction|Activity)Scheduled$/
const STARTED = /^(Task|LambdaFunction|Activity)Started$/
const SUCCEEDED = /^(Task|LambdaFunction|Activity)Succeeded$/
const FAILED =
  /^(Task|LambdaFunction|Activity)(Failed|TimedOut|StartFailed|SubmitFailed|ScheduleFailed)$/

export class History extends Telling {
  /** The visit last entered of each state. */
  readonly #latest = new Map<string, Span>()
  /** What stood still when the execution was redriven, in the order in which it goes on. */
  #stopped: Span[] = []
  /** The iteration that came to its end last, and the event that was the cause of that. */
  #ending: Span | undefined
  #endingCause = 0
  /** The Map that was given up last. */
  #givenUp: Span | undefined
  /** Spans of which it was told that they were given up. */
  readonly #told = new Set<number>()

  /** The id of the last event. */
  get last(): number {
    return this.type.length
  }

  get execution(): Span | undefined {
    return this.spans[0]
  }

  /** Takes in the events that come next. Those that are known already are passed over. */
  append(outline: Outline): void {
    this.start = outline.startDate * 1000
    const text = (index: number | undefined) =>
      index === undefined || index < 0 ? '' : (outline.texts[index] ?? '')
    for (const [place, row] of outline.events.entries()) {
      const id = outline.firstEventId + place
      if (id <= this.last) continue
      if (id !== this.last + 1) throw new Error(`event ${this.last + 1} is missing`)
      const [previous = 0, time = 0, type, name, number = -1, error, fuel, memory, duration] = row
      this.previous.push(previous)
      this.time.push(time)
      this.type.push(text(type))
      this.name.push(text(name))
      this.number.push(number)
      this.error.push(text(error))
      const usage = { fuel: fuel ?? -1, peakMemory: memory ?? -1, durationMs: duration ?? -1 }
      this.spanOf.push(this.#take(id, usage))
    }
  }

  #take(id: number, usage: Pick<Attempt, 'fuel' | 'peakMemory' | 'durationMs'>): Span {
    const type = this.type[id - 1]!
    const name = this.name[id - 1]!
    const [, entered] = ENTERED.exec(type) ?? []
    if (entered) return this.#enter(id, name, entered as StateType)
    if (EXITED.test(type)) return this.#exit(id, name)
    if (SCHEDULED.test(type)) return this.#schedule(id)
    if (STARTED.test(type) || type === 'TaskSubmitted') {
      const span = this.before(id)
      const attempt = span.attempts.at(-1)
      if (attempt && !attempt.started) attempt.started = id
      return span
    }
    if (SUCCEEDED.test(type)) {
      const span = this.before(id)
      this.end(span, id, false, usage)
      return span
    }
    if (FAILED.test(type)) {
      const span = this.before(id)
      this.end(span, id, true, usage)
      this.record(span, this.source(id))
      this.set(id, span, 'retrying')
      return span
    }
    const [, aborted] = ABORTED.exec(type) ?? []
    if (aborted) return this.#abort(id, aborted as StateType)
    return this.#other(id, type, name)
  }

  #other(id: number, type: string, name: string): Span {
    switch (type) {
      case 'ExecutionStarted':
        return this.span(id, 'execution', '', undefined)
      case 'ExecutionSucceeded':
        return this.#finish(id, 'succeeded')
      case 'ExecutionFailed':
        return this.#finish(id, 'failed')
      case 'ExecutionTimedOut':
        return this.#finish(id, 'timedOut')
      case 'ExecutionAborted':
        return this.#finish(id, 'aborted')
      case 'ExecutionRedriven':
        return this.#redrive(id)
      case 'ParallelStateStarted':
        return this.#fork(id, 'Parallel')
      case 'MapStateStarted':
      case 'MapRunStarted':
        return this.#fork(id, 'Map')
      case 'MapRunRedriven': {
        const span = this.#resumed(id, (it) => it.type === 'Map')
        span.mapRun = id
        return span
      }
      case 'ParallelStateSucceeded':
      case 'MapStateSucceeded':
      case 'MapRunSucceeded': {
        const span = this.#forked(id, type.startsWith('Map') ? 'Map' : 'Parallel')
        this.end(span, id, false)
        if (span.type === 'Parallel') this.#join(id, span)
        return span
      }
      case 'ParallelStateFailed':
      case 'MapStateFailed':
      case 'MapRunFailed': {
        const span = this.#forked(id, type.startsWith('Map') ? 'Map' : 'Parallel')
        const own = this.error[id - 1] ? id : this.previous[id - 1]!
        this.failFork(id, span, this.source(own))
        if (type !== 'MapRunFailed') this.failForGood(id, span)
        return span
      }
      case 'MapRunAborted': {
        const span = this.#forked(id, 'Map')
        this.end(span, id, true)
        return span
      }
      case 'MapIterationStarted':
        return this.#iterate(id, name)
      case 'MapIterationSucceeded':
      case 'MapIterationFailed':
      case 'MapIterationAborted':
        return this.#endIteration(id, type, name)
      case 'EvaluationFailed':
        return this.#evaluationFailed(id, this.#named(id, name))
      default:
        return this.before(id)
    }
  }

  #enter(id: number, name: string, type: StateType): Span {
    const previous = this.previous[id - 1]!
    const cause = this.type[previous - 1] ?? ''
    let parent = this.before(id)
    let before: Span | undefined
    if (cause === 'ParallelStateStarted') {
      const round = parent.attempts.length - 1
      const index = parent.children.filter((it) => it.round === round).length
      parent = this.span(id, 'branch', parent.name, parent, index, round)
    } else if (EXITED.test(cause) && !isOver(parent.parent!.status)) {
      before = parent
      parent = parent.parent!
    } else if (cause === 'ExecutionRedriven' || parent.kind === 'state') {
      const again = this.#resume(id, (it) => it.name === name || it.kind !== 'state')
      const like = again ?? this.#latest.get(name)
      parent = (like?.kind === 'state' ? like.parent : like) ?? this.spans[0]!
      before = parent.children.at(-1)
    }
    const span = this.span(id, 'state', name, parent, 0, 0, type)
    span.before = before
    this.#latest.set(name, span)
    this.raise(id, parent)
    if (type === 'Fail') this.failState(id, span, { event: id, error: this.defined.error(name) })
    return span
  }

  #exit(id: number, name: string): Span {
    const span = this.#named(id, name)
    const failed = span.status === 'retrying' || span.status === 'failed'
    this.end(span, id, false)
    span.left = id
    if (span.children.length) this.close(id, span, 'aborted')
    this.set(id, span, failed ? 'caught' : 'succeeded')
    return span
  }

  #schedule(id: number): Span {
    const span = this.#resumed(id, (it) => it.type === 'Task')
    this.#attempt(id, span)
    return span
  }

  #attempt(id: number, span: Span): void {
    span.attempts.push({
      scheduled: id,
      started: 0,
      ended: 0,
      failed: false,
      redriven: (this.redrives.at(-1) ?? 0) > (span.attempts.at(-1)?.scheduled ?? span.entered),
      error: '',
      fuel: -1,
      peakMemory: -1,
      durationMs: -1,
    })
    this.set(id, span, 'running')
  }

  #evaluationFailed(id: number, span: Span): Span {
    const failure = this.source(id)
    if (!['Task', 'Parallel', 'Map'].includes(span.type)) {
      // What a Fail state was to fail with could not be told.
      const entered = this.failures.get(span.id)?.find((it) => it.event === span.entered)
      if (entered) Object.assign(entered, failure)
      else this.failState(id, span, failure)
      return span
    }
    const attempt = span.attempts.at(-1)
    // It came to its end, and what came of it could not be made the state's output.
    if (attempt?.ended && !attempt.failed && attempt.ended > span.entered)
      Object.assign(attempt, { failed: true, error: failure.error })
    else this.end(span, id, true)
    this.record(span, failure)
    this.set(id, span, 'retrying')
    return span
  }

  /** A Parallel or Map begins, or begins again. */
  #fork(id: number, type: StateType): Span {
    const found = this.up(this.before(id), (it) => it.type === type && this.#goesOn(it))
    const span =
      found && !this.#stopped.includes(found)
        ? found
        : (this.#resume(id, (it) => it.type === type) ?? found ?? this.before(id))
    if (this.type[id - 1] === 'MapRunStarted') span.mapRun = id
    const attempt = span.attempts.at(-1)
    if (this.type[id - 1] === 'MapRunStarted' && attempt && !attempt.ended) return span
    // It is tried again: what failed was the event that this one follows from.
    const previous = this.previous[id - 1]!
    if (attempt && !attempt.ended) this.failFork(id, span, this.source(previous), previous)
    this.close(id, span, 'aborted')
    this.#attempt(id, span)
    if (type === 'Map') span.length = this.number[id - 1]!
    return span
  }

  /** The Parallel or Map whose end follows from that of a branch or iteration. */
  #forked(id: number, type: StateType): Span {
    const before = this.before(id)
    const fits = (it: Span) => it.type === type && !it.left
    return this.up(before, (it) => fits(it) && this.#goesOn(it)) ?? this.up(before, fits) ?? before
  }

  /** Whether it was not left, and not told to have failed for good. */
  #goesOn(span: Span): boolean {
    const attempt = span.attempts.at(-1)
    return !span.left && !(attempt && this.forGood.has(attempt))
  }

  /** All branches have come to their ends, each with its last state. */
  #join(id: number, span: Span): void {
    for (const branch of strandsOf(span)) {
      branch.left = branch.children.at(-1)?.left ?? id
      this.set(id, branch, 'succeeded')
    }
  }

  #iterate(id: number, name: string): Span {
    const map = this.#named(id, name)
    const round = Math.max(map.attempts.length - 1, 0)
    const span = this.span(id, 'iteration', name, map, this.number[id - 1]!, round)
    this.raise(id, map)
    return span
  }

  #endIteration(id: number, type: string, name: string): Span {
    const index = this.number[id - 1]!
    const before = this.before(id)
    const own = (it: Span) => it.kind === 'iteration' && it.name === name
    const found = this.up(before, (it) => own(it) && it.index === index)
    const named = (it: Span | undefined) =>
      it?.type === 'Map' && it.name === name ? it : undefined
    // One that is given up because of a failure beside it was told of just before.
    const map =
      this.up(before, (it) => !!named(it)) ?? named(this.#givenUp) ?? named(this.#latest.get(name))
    const other = () => map?.children.findLast((it) => it.index === index)
    const span = found ?? other() ?? before
    const status =
      type === 'MapIterationSucceeded'
        ? 'succeeded'
        : type === 'MapIterationFailed'
          ? 'failed'
          : 'aborted'
    if (status === 'succeeded') span.left = id
    const failure = this.source(this.previous[id - 1]!)
    if (status === 'failed') this.failStrand(id, span, failure)
    else {
      this.close(id, span, 'aborted')
      this.set(id, span, status)
    }
    if (status === 'aborted' && map && !isOver(map.status)) this.failFork(id, map, failure)
    this.#endingCause = this.previous[id - 1]!
    this.#ending = span
    return span
  }

  /** A Task, Wait, Parallel or Map is given up because of a failure elsewhere. */
  #abort(id: number, type: StateType): Span {
    const cause = this.before(id)
    const strand = this.up(cause, (it) => it.kind === 'branch' || it.kind === 'iteration')
    const fork = strand?.parent
    const open = (it: Span) =>
      it.kind === 'state' && it.type === type && !it.left && !this.#told.has(it.id)
    const ending = this.#ending
    const aborted = ending?.status === 'aborted' && this.#endingCause === this.previous[id - 1]
    const found =
      (aborted && first(ending, open)) ||
      (open(cause) && cause) ||
      (fork && first(fork, open)) ||
      cause
    this.#told.add(found.id)
    if (found.type === 'Map') this.#givenUp = found
    const branch = this.up(found, (it) => it.kind === 'branch')
    const status = found === cause ? 'failed' : 'aborted'
    if (!isOver(found.status)) this.set(id, found, status)
    if (branch && found !== cause && !isOver(branch.status)) this.set(id, branch, status)
    // What failed is in another branch or iteration of the same.
    const failed =
      found === cause
        ? strand
        : this.up(cause, (it) => !!it.parent && it.kind !== 'state' && isWithin(found, it.parent))
    this.failStrand(id, failed, this.source(this.previous[id - 1]!))
    return found
  }

  #finish(id: number, status: StateStatus): Span {
    const execution = this.spans[0]!
    execution.left = id
    this.set(id, execution, status)
    const failure = this.source(this.previous[id - 1]!)
    if (status === 'failed' && !failure.error) failure.error = this.error[id - 1]!
    const told = { event: id, error: this.error[id - 1]! }
    if (status === 'failed') this.record(execution, failure)
    this.close(id, execution, status === 'timedOut' ? 'timedOut' : 'aborted', told)
    this.#stopped = []
    return execution
  }

  #redrive(id: number): Span {
    const execution = this.spans[0]!
    this.redrives.push(id)
    execution.left = 0
    this.set(id, execution, 'running')
    const waiting = [execution]
    for (let strand = waiting.shift(); strand; strand = waiting.shift()) {
      const state = strand.children.at(-1)
      if (!state || state.left) {
        this.#stopped.push(strand)
        continue
      }
      this.#told.delete(state.id)
      const strands = strandsOf(state).filter((it) => it.status !== 'succeeded')
      if (!state.attempts.length || !state.children.length) this.#stopped.push(state)
      waiting.push(...strands.sort((a, b) => a.index - b.index))
      // Which iterations go on at once is told by their events.
      if (!this.up(state.parent, (it) => it.kind === 'iteration')) this.#again(id, state)
    }
    return execution
  }

  #again(id: number, state: Span): void {
    // A Fail state is entered again.
    if (state.type !== 'Fail') this.set(id, state, 'running')
    const attempt = state.attempts.at(-1)
    if (state.children.length && attempt) {
      Object.assign(attempt, { ended: 0, failed: false })
      this.forGood.delete(attempt)
      this.failed.delete(attempt)
    }
    this.raise(id, state.parent)
  }

  /** The task that an event goes on with: the one of the event before, or one that stood still. */
  #resumed(id: number, fits: (span: Span) => boolean): Span {
    const span = this.before(id)
    const goesOn = span.kind === 'state' && !span.left && fits(span)
    if (goesOn && !isOver(span.status) && !this.#stopped.includes(span)) return span
    return this.#resume(id, fits) ?? span
  }

  #resume(id: number, fits: (span: Span) => boolean): Span | undefined {
    const place = this.#stopped.findIndex(fits)
    const [span] = place < 0 ? [] : this.#stopped.splice(place, 1)
    // A Fail state is entered again.
    if (span) this.raise(id, span.type === 'Fail' ? span.parent : span)
    return span
  }

  /** The visit of this state that an event tells of. */
  #named(id: number, name: string): Span {
    const own = (it: Span) => it.kind === 'state' && it.name === name && !it.left
    const before = this.before(id)
    const found = this.up(before, own)
    if (found && !this.#stopped.includes(found)) return found
    const latest = this.#latest.get(name)
    const next = latest && this.previous[latest.entered - 1] === this.previous[id - 1]
    if (next && own(latest)) return latest
    return this.#resume(id, (it) => it.name === name) ?? found ?? latest ?? before
  }
}

function first(within: Span, fits: (span: Span) => boolean): Span | undefined {
  for (const child of within.children) {
    if (fits(child)) return child
    const found = first(child, fits)
    if (found) return found
  }
  return undefined
}
