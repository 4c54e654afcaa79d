// What an execution failed with: the state that ended it, and the one where the error came from.

import type { History } from './history'
import type { Span } from './spans'

export interface Origin {
  /** The state in which it failed for good; none where no state did. */
  state: Span | undefined
  /** Where the same error was before, and was caught: what people look for. */
  origin: Span | undefined
}

/** Where an execution failed that ended with this error. */
export function failureOf(history: History, error: string | undefined): Origin {
  const end = history.execution?.left ?? 0
  const cause = history.previous[end - 1] ?? 0
  let state = history.spanOf[cause - 1]
  while (state && state.kind !== 'state') state = state.parent
  // A Parallel or Map fails with what is in it.
  for (let inner = state; inner; inner = inner.children.findLast((it) => it.status === 'failed'))
    if (inner.kind === 'state') state = inner
  const same = (it: Span) =>
    it !== state && it.kind === 'state' && !it.children.length && has(it, error)
  const origin = error === undefined ? undefined : history.spans.findLast(same)
  return { state, origin }
}

function has(span: Span, error: string | undefined): boolean {
  return span.attempts.some((it) => it.failed && it.error === error)
}
