// The rows of a timeline: spans in their order, those within folded ones left out; and the bars in them.

import type { Standing } from './standing'
import { isOver, type Attempt, type Span } from './spans'
import { STATUSES, type StateStatus } from './status'

export interface Row {
  span: Span
  depth: number
  /** Whether there is something in it. */
  group: boolean
  open: boolean
}

/** What is in a span as of the standing's event, where `open` says which of the spans in it are open. */
export function rowsOf(standing: Standing, within: Span, open: ReadonlySet<number>): Row[] {
  const rows: Row[] = []
  const add = (span: Span, depth: number) => {
    for (const child of span.children) {
      if (child.entered > standing.event) break
      const group = child.children.some((it) => it.entered <= standing.event)
      const unfolded = group && open.has(child.id)
      rows.push({ span: child, depth, group, open: unfolded })
      if (unfolded) add(child, depth + 1)
    }
  }
  add(within, 0)
  return rows
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
  const whole = `${STATUSES[status].word}, ${duration(end - from)}`
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
    const why = error && kind === 'failed' ? `, ${error}` : ''
    const how = `${STATUSES[kind].word}, ${duration(over - begun)}${why}`
    bars.push({ from: begun, to: over, kind, thin, title: `Attempt ${index + 1}: ${how}` })
    const until = after ? time(after.scheduled) : status === 'retrying' ? end : over
    if (until <= over) continue
    bars.push({ from: over, to: until, thin, ...between(attempt, after, duration(until - over)) })
  }
  return bars
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
