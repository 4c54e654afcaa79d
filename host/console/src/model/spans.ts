// What an execution is made of in time: visits of states, and within them attempts, branches and
// iterations.

import type { StateType } from './graph'
import type { StateStatus } from './status'

export type SpanKind = 'execution' | 'state' | 'branch' | 'iteration'

/** A visit of a state, a branch, an iteration, or the execution itself. */
export interface Span {
  /** Its index among all spans of the execution. Those within it have higher ones. */
  id: number
  kind: SpanKind
  /** Of the state; of a branch or iteration: of the Parallel or Map. */
  name: string
  /** Of a state. */
  type: StateType
  /** Which branch or iteration it is, from 0. */
  index: number
  parent: Span | undefined
  /** Of a state: the visit before it in the same branch, iteration or machine. */
  before: Span | undefined
  /** What is directly in it, in the order in which it came. */
  children: Span[]
  /** The id of the event that it begins with. */
  entered: number
  /** The id of the event that it ended with for good; 0 for none. */
  left: number
  attempts: Attempt[]
  /** Of a Map: how many items it has; -1 where that is not known. */
  length: number
  /** Of a Map whose iterations are executions of their own: the event that names its Map Run; else 0. */
  mapRun: number
  /** Which attempt of its Parallel or Map a branch or iteration is of, from 0. */
  round: number
  /** As it stands at the last event that is known. */
  status: StateStatus
}

/** An attempt of a Task, or of a Parallel or Map as a whole. Events by their ids; 0 for none. */
export interface Attempt {
  scheduled: number
  started: number
  ended: number
  failed: boolean
  /** Whether it came after a redrive: retries are counted anew from there. */
  redriven: boolean
  error: string
  /** What it used; -1 where that is not known. Memory in bytes. */
  fuel: number
  peakMemory: number
  durationMs: number
}

/** That a span failed, or an attempt of it. */
export interface Failure {
  /** The event that it failed with, which may be one of what is in it. */
  event: number
  /** Empty where it has none, or none that is known. */
  error: string
}

/** Whether nothing more comes of it, unless the execution is redriven. */
export function isOver(status: StateStatus): boolean {
  return status !== 'running' && status !== 'retrying'
}

/** Whether it is, or is in, another. */
export function isWithin(span: Span, other: Span): boolean {
  let it: Span | undefined = span
  while (it && it.id > other.id) it = it.parent
  return it === other
}

/** What a span is in, the outermost first. */
export function pathOf(span: Span): Span[] {
  const path: Span[] = []
  for (let it = span.parent; it; it = it.parent) path.unshift(it)
  return path
}

/** The branches or iterations of a Parallel's or Map's attempt, the last one as of an event. */
export function strandsOf(span: Span, event = Infinity): Span[] {
  let round = -1
  for (const child of span.children)
    if (child.entered <= event) round = Math.max(round, child.round)
  return span.children.filter((it) => it.round === round && it.entered <= event)
}
