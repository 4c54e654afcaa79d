// How the graph shows the states of an execution: each as it stood at an event, within an iteration or
// everywhere.

import { END, START, type Graph } from './graph'
import { nextAttempt, type Next } from './retry'
import { isOver, pathOf, type Attempt, type Span } from './spans'
import type { Standing } from './standing'
import { STANDINGS, type StateShown, type StateStatus } from './status'
import { visible } from './visible'

export interface Words {
  duration: (milliseconds: number) => string
}

/** The attempt that a span waits for, and when it comes, in milliseconds since the start. */
export function waitsFor(
  graph: Graph,
  standing: Standing,
  span: Span,
): (Next & { at: number }) | undefined {
  if (standing.status(span) !== 'retrying') return undefined
  const { redrives, time } = standing.history
  const redriven = redrives.findLast((it) => it <= standing.event) ?? 0
  const failures = standing.failures(span).filter((it) => it.event > redriven)
  const last = failures.at(-1)
  const state = graph.states.get(span.name)
  if (!last || !state) return undefined
  const errors = failures.map((it) => it.error)
  const next = nextAttempt(state.definition, errors)
  return next && { ...next, at: time[last.event - 1]! + next.delay }
}

/** How long a span stood still, as the execution had ended and was not redriven yet, in milliseconds. */
export function stoodStill(standing: Standing, from: number, to = Infinity): number {
  const { redrives, time } = standing.history
  const within = redrives.filter((it) => it > from && it <= standing.event && time[it - 1]! <= to)
  // What it follows from is the execution's end.
  return within.reduce((sum, it) => sum + time[it - 1]! - time[it - 2]!, 0)
}

/** How long something went on that began with event `from`, until a time: less what it stood still. */
export function went(standing: Standing, from: number, until: number): number {
  const began = standing.history.time[from - 1] ?? 0
  return Math.max(until - began - stoodStill(standing, from, until), 0)
}

/** Retries are counted anew after a redrive. */
export function sinceRedrive(attempts: Attempt[]): Attempt[] {
  return attempts.slice(
    Math.max(
      attempts.findLastIndex((it) => it.redriven),
      0,
    ),
  )
}

/**
 * The states as they stood, by name: those in an iteration that is looked into as they stood there, all
 * others as they stood in the whole execution. `now` is the time in milliseconds since the start, where
 * the execution runs and its last event is looked at.
 */
export function shownStates(
  graph: Graph,
  standing: Standing,
  within: Span,
  words: Words,
  now?: number,
): Map<string, StateShown> {
  const shown = new Map<string, StateShown>()
  for (const level of levels(within)) {
    if (level.kind === 'iteration') for (const name of inside(graph, level.name)) shown.delete(name)
    for (const [name, visits] of standing.visits(level)) {
      const last = visits.at(-1)!
      if (visits.every((it) => it.parent === last.parent)) {
        const state = one(graph, standing, last, words, now)
        if (visits.length > 1) state.badge = `×${visits.length}`
        shown.set(name, state)
      } else shown.set(name, many(standing, visits))
    }
  }
  return shown
}

/** What a transition is called where those that were taken are known; of catchers apart from others. */
export function wayOf(from: string, to: string, caught: boolean): string {
  return `${from}→${to}${caught ? ' catch' : ''}`
}

/** The transitions that were taken, by `wayOf`, in the same. */
export function takenWays(graph: Graph, standing: Standing, within: Span): Set<string> {
  const taken = new Set<string>()
  for (const level of levels(within)) {
    if (level.kind === 'iteration') {
      const names = new Set(inside(graph, level.name))
      for (const way of taken) if (names.has(way.slice(0, way.indexOf('→')))) taken.delete(way)
    }
    for (const visits of standing.visits(level).values())
      for (const { before, name, parent } of visits) {
        if (before) taken.add(wayOf(before.name, name, standing.status(before) === 'caught'))
        else if (parent?.kind === 'execution') taken.add(wayOf(START, name, false))
      }
  }
  const [execution] = levels(within)
  const last = execution?.children.findLast((it) => it.entered <= standing.event)
  const ended = execution && isOver(standing.status(execution) ?? 'running')
  if (last && ended) taken.add(wayOf(last.name, END, false))
  return new Set([...taken].map((way) => onlyCatch(graph, way)))
}

/** A way that no event told to be a catcher's, where there is no other between the two. */
function onlyCatch(graph: Graph, way: string): string {
  const from = way.slice(0, way.indexOf('→'))
  const { transitions } = graph.workflows.get(graph.states.get(from)?.workflow ?? '') ?? {}
  const ways = transitions?.filter((it) => wayOf(it.from, it.to, false) === way) ?? []
  const caught = ways.length > 0 && ways.every((it) => it.kind === 'catch')
  return caught ? wayOf(from, ways[0]!.to, true) : way
}

/** The execution, and the iterations that lead to what is looked at. */
function levels(within: Span): Span[] {
  return [...pathOf(within), within].filter((it, at) => at === 0 || it.kind === 'iteration')
}

/** The states in a Map or Parallel, at any depth. */
function inside(graph: Graph, name: string): string[] {
  const workflows = graph.states.get(name)?.inner ?? []
  return workflows.flatMap((id) =>
    (graph.workflows.get(id)?.states ?? []).flatMap((it) => [it, ...inside(graph, it)]),
  )
}

function one(
  graph: Graph,
  standing: Standing,
  span: Span,
  words: Words,
  now: number | undefined,
): StateShown {
  const status = standing.status(span) ?? 'running'
  const state: StateShown = { status }
  const attempts = standing.attempts(span)
  const error = standing.failure(span)?.error
  const tried = sinceRedrive(attempts).length
  const next = waitsFor(graph, standing, span)
  if (next) {
    const left = now === undefined ? undefined : next.at - now
    const when = left === undefined ? '' : left > 0 ? ` in ${words.duration(left)}` : ' now'
    // There is room for no more words.
    state.note = `try ${next.attempt}/${next.of}${when}`
  } else if (error) state.note = visible(error)
  else if (tried > 1 && status === 'running') state.note = `attempt ${tried}`
  const { from, to } = standing.time(span)
  const end = to ?? now
  // Beside what comes next there is no room.
  if (!next && end !== undefined && end > from)
    state.badge = words.duration(went(standing, span.entered, end))
  return state
}

function many(standing: Standing, visits: Span[]): StateShown {
  const counts: Partial<Record<StateStatus, number>> = {}
  for (const visit of visits) {
    const status = standing.status(visit) ?? 'running'
    counts[status] = (counts[status] ?? 0) + 1
  }
  const present = STANDINGS.filter((it) => counts[it])
  const ordered: Partial<Record<StateStatus, number>> = {}
  for (const status of present.toReversed()) ordered[status] = counts[status]!
  return { status: present[0]!, counts: ordered }
}
