// The rows of a timeline: spans in their order, those within folded ones left out; and the bars in them.

import { went } from './shown'
import type { Standing } from './standing'
import { isOver, type Attempt, type Span } from './spans'
import { STANDINGS, STATUSES, type StateStatus } from './status'
import { visible } from './visible'

export interface Row {
  /** The first one where it is of several. */
  span: Span
  /** All visits of a state of which there are many, in one row. */
  visits?: Span[]
  /** Which of the visits of its state it is, where there are several beside one another. */
  visit?: { number: number; of: number }
  depth: number
  /** Whether there is something in it. */
  group: boolean
  open: boolean
  /** What it is called among those that are open. */
  id: number
}

/** Of more visits of a state than that all are in one row, which they unfold from. */
const FEW = 5

/** What is in a span as of the standing's event, where `open` says which of the rows in it are open. */
export function rowsOf(standing: Standing, within: Span, open: ReadonlySet<number>): Row[] {
  const rows: Row[] = []
  const one = (span: Span, depth: number, visit?: Row['visit']) => {
    const group = span.children.some((it) => it.entered <= standing.event)
    const unfolded = group && open.has(span.id)
    rows.push({ span, depth, group, open: unfolded, id: span.id, ...(visit && { visit }) })
    if (unfolded) add(span, depth + 1)
  }
  const add = (span: Span, depth: number) => {
    const after = span.children.findIndex((it) => it.entered > standing.event)
    const children = after < 0 ? span.children : span.children.slice(0, after)
    const byName = visitsOf(children)
    const numbers = new Map<string, number>()
    for (const child of children) {
      const visits = byName.get(child.name) ?? []
      const number = (numbers.get(child.name) ?? 0) + 1
      numbers.set(child.name, number)
      const of = visits.length
      if (of <= FEW) one(child, depth, of > 1 ? { number, of } : undefined)
      else if (number === 1) {
        const id = repeated(child)
        rows.push({ span: child, visits, depth, group: true, open: open.has(id), id })
        if (!open.has(id)) continue
        for (const [at, visit] of visits.entries()) one(visit, depth + 1, { number: at + 1, of })
      }
    }
  }
  add(within, 0)
  return rows
}

/** Branches and iterations are no visits. */
function visitsOf(children: Span[]): Map<string, Span[]> {
  const byName = new Map<string, Span[]>()
  for (const child of children) {
    if (child.kind !== 'state') continue
    const same = byName.get(child.name)
    if (same) same.push(child)
    else byName.set(child.name, [child])
  }
  return byName
}

/** What the row of all visits is called that begin with one. No span has it. */
function repeated(first: Span): number {
  return -1 - first.id
}

/** All rows that can be open. */
export function foldable(spans: Span[]): Set<number> {
  const all = new Set<number>()
  for (const { id, children } of spans) {
    if (!children.length) continue
    all.add(id)
    for (const visits of visitsOf(children).values())
      if (visits.length > FEW) all.add(repeated(visits[0]!))
  }
  return all
}

/** Times in milliseconds since the start. */
export interface Bar {
  from: number
  to: number
  /** How it stood; or that it waited, stood still, or nothing but that it was there. */
  kind: StateStatus | 'waits' | 'still' | 'line'
  /** Of what has more in it. */
  thin: boolean
  title: string
}

/** The bars of a span, in their order. `now` is how far it has come where it is not over. */
export function barsOf(
  standing: Standing,
  span: Span,
  now: number,
  words: { duration: (milliseconds: number) => string },
): Bar[] {
  const { duration } = words
  const time = (event: number) => standing.history.time[event - 1] ?? 0
  const { from, to } = standing.time(span)
  const end = to ?? Math.max(now, from)
  const status = standing.status(span) ?? 'running'
  const whole = `${STATUSES[status].word}, ${duration(went(standing, span.entered, end))}`
  if (span.type === 'Wait')
    return [{ from, to: end, kind: 'waits', thin: false, title: `Waits: ${whole}` }]
  const attempts = standing.attempts(span)
  const thin = span.kind !== 'state' || span.children.length > 0
  const several = attempts.length > 1 || (attempts.length > 0 && status === 'retrying')
  if (!attempts.length || (span.type !== 'Task' && !several))
    return [{ from, to: end, kind: status, thin, title: whole }]
  const bars: Bar[] = [{ from, to: end, kind: 'line', thin, title: whole }]
  for (const [index, attempt] of attempts.entries()) {
    const after = attempts[index + 1]
    const begun = time(attempt.scheduled)
    const ended = standing.ended(attempt)
    const over = ended ? time(attempt.ended) : isOver(status) ? end : Math.max(now, begun)
    const kind = ended ? (attempt.failed ? 'failed' : 'succeeded') : status
    const error = standing.failureOf(span, attempt)?.error
    const why = error && kind === 'failed' ? `, ${visible(error)}` : ''
    const took = duration(went(standing, attempt.scheduled, over))
    const how = `${STATUSES[kind].word}, ${took}${why}`
    bars.push({ from: begun, to: over, kind, thin, title: `Attempt ${index + 1}: ${how}` })
    const until = after ? time(after.scheduled) : status === 'retrying' ? end : over
    if (until <= over) continue
    bars.push({ from: over, to: until, thin, ...between(attempt, after, duration(until - over)) })
  }
  return bars
}

/** What says most of bars that are drawn in one place comes first. */
const WEIGHT: Bar['kind'][] = [
  'failed',
  'timedOut',
  'running',
  'retrying',
  'caught',
  'aborted',
  'waits',
  'succeeded',
]

/** Bars that were told apart no more are one: those less than `apart` milliseconds from each other. */
export function merged(bars: Bar[], apart: number): Bar[] {
  const all: (Bar & { count: number })[] = []
  for (const bar of bars) {
    if (bar.kind === 'line' || bar.kind === 'still') continue
    const last = all.at(-1)
    if (!last || bar.from - last.to >= apart) {
      all.push({ ...bar, count: 1 })
      continue
    }
    last.to = Math.max(last.to, bar.to)
    last.count++
    if (WEIGHT.indexOf(bar.kind) < WEIGHT.indexOf(last.kind))
      Object.assign(last, { kind: bar.kind, title: bar.title })
  }
  return all.map(({ count, ...bar }) =>
    count > 1 ? { ...bar, title: `${bar.title} … (${count} in one place)` } : bar,
  )
}

/** How several visits stand: as the one that says most. */
export function worst(standing: Standing, visits: Span[]): StateStatus {
  const statuses = new Set(visits.map((it) => standing.status(it) ?? 'running'))
  return STANDINGS.find((it) => statuses.has(it)) ?? 'running'
}

/** What an attempt is followed by, up to the next. */
function between(
  attempt: Attempt,
  after: Attempt | undefined,
  long: string,
): Pick<Bar, 'kind' | 'title'> {
  if (after?.redriven && !attempt.redriven)
    return { kind: 'still', title: `Stood still until it was redriven, ${long}` }
  return { kind: 'waits', title: `Back-off, ${long}` }
}
