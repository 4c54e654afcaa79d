// Which state of an execution is to be seen where not all of them can be.

import { failureOf } from './failure'
import type { History } from './history'
import { isOver, isWithin, type Span } from './spans'
import type { Standing } from './standing'

/**
 * Where it went on with the event that is looked at; at the last one the state that runs, or the one that
 * failed with the execution's error. None where it came to a good end: nothing of that is to be seen first.
 */
export function attentionOf(
  history: History,
  standing: Standing,
  within: Span,
  error?: string,
): string | undefined {
  if (standing.event < history.last) return happened(history, standing.event)
  const fits = (by: (span: Span) => boolean) =>
    history.spans.findLast((it) => it.kind === 'state' && isWithin(it, within) && by(it))?.name
  const status = standing.status(within)
  if (!status || !isOver(status)) return fits((it) => !isOver(standing.status(it) ?? 'succeeded'))
  if (status === 'succeeded') return undefined
  const { origin, state } = failureOf(history, error)
  const failed = origin ?? state
  if (failed && isWithin(failed, within)) return failed.name
  return fits((it) => standing.status(it) === status)
}

/** The state that an event tells of; before any was entered, the first. */
function happened(history: History, event: number): string | undefined {
  let span = history.spanOf[event - 1]
  while (span && span.kind === 'execution') span = span.children[0]
  return span?.name
}
