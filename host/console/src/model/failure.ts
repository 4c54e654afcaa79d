// What an execution failed with: the state that ended it, and the one where the error came from.

import { constant } from './defined'
import type { Graph } from './graph'
import type { History } from './history'
import type { Failure, Span } from './spans'

export interface Origin {
  /** The state in which it failed for good; none where no state did. */
  state: Span | undefined
  /** Where the error of a Fail state was before, and was caught: what people look for. */
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
  const again = error !== undefined && (!state || state.type === 'Fail')
  const origin = !again ? undefined : history.spans.findLast(same)
  return { state, origin }
}

function has(span: Span, error: string | undefined): boolean {
  return span.attempts.some((it) => it.failed && it.error === error)
}

/** An error and its cause, as far as they are known. */
export interface Told {
  error?: string | undefined
  cause?: string | undefined
}

/**
 * Where the cause of a failure is told: by an event, or by a Fail state's definition, from which it is
 * here. Where neither tells it, the exit of what caught it does, or the execution's end; 0 for none.
 */
export function tellerOf(
  history: History,
  graph: Graph | undefined,
  span: Span,
  failure: Failure,
): { event: number; told?: Told } {
  const { event, error } = failure
  const own = history.error[event - 1]
  // Too many failures of a Map's iterations are not the failure of one of them.
  if (own) return own === error ? { event } : { event: 0, told: { error } }
  if (history.type[event - 1] === 'FailStateEntered') {
    const fail = history.name[event - 1]!
    const { definition } = graph?.states.get(fail) ?? {}
    if (error && definition && error !== (constant(definition.Error) ?? error))
      return { event: 0, told: { error } }
    if (definition && !computes(definition))
      return { event: 0, told: { error, cause: constant(definition.Cause) } }
  }
  return { event: tellerAbove(history, span, failure) }
}

function computes(definition: Record<string, unknown>): boolean {
  return ['Error', 'Cause'].some(
    (it) =>
      `${it}Path` in definition || (it in definition && constant(definition[it]) === undefined),
  )
}

function tellerAbove(history: History, span: Span, { event }: Failure): number {
  for (let it: Span | undefined = span; it; it = it.parent) {
    if (it.kind !== 'state' && it.kind !== 'execution') continue
    if (history.failures.get(it.id)?.at(-1)?.event !== event) return 0
    if (it.kind === 'execution' || it.status === 'caught') return it.left
  }
  return 0
}

/** What the details of an event tell of it: its own error, or the one that a catcher put into its output. */
export function toldBy(
  details: Record<string, unknown>,
  definition: Record<string, unknown> | undefined,
): Told {
  const { error, cause, output } = details
  if (typeof output !== 'string') return { error: textOf(error), cause: textOf(cause) }
  const catchers: unknown[] = Array.isArray(definition?.Catch) ? definition.Catch : []
  for (const catcher of [...catchers, {}]) {
    const path = (catcher as Record<string, unknown>).ResultPath ?? '$'
    const caught = typeof path === 'string' ? at(output, path) : undefined
    if (caught && typeof caught.Error === 'string')
      return { error: caught.Error, cause: textOf(caught.Cause) }
  }
  return {}
}

/** What is at a path of names, `$.a.b`, in a JSON text. */
function at(text: string, path: string): Record<string, unknown> | undefined {
  try {
    let it: unknown = JSON.parse(text)
    for (const name of path.split('.').slice(1))
      it = typeof it === 'object' && it !== null ? (it as Record<string, unknown>)[name] : undefined
    return typeof it === 'object' && it !== null ? (it as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
