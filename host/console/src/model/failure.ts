// What an execution failed with: the state that ended it, and the one where the error came from.

import { constant } from './defined'
import type { Graph } from './graph'
import type { History } from './history'
import type { Failure, Span } from './spans'

/** A visit of a state, and with what it failed. */
export interface Failed {
  span: Span
  failure: Failure
}

export interface Blame {
  /** The state in which it failed for good; none where no state did. */
  state: Span | undefined
  /**
   * Where the error of a Fail state may come from, which was caught before: what people look for. The
   * one that is likeliest by the events alone comes first.
   */
  origins: Failed[]
}

/** Where an execution failed that ended with this error. */
export function blameOf(history: History, error: string | undefined): Blame {
  const end = history.execution?.left ?? 0
  let state = stateOf(history, history.previous[end - 1] ?? 0)
  // A Parallel or Map fails with what is in it.
  for (let inner = state; inner; inner = inner.children.findLast((it) => it.status === 'failed'))
    if (inner.kind === 'state') state = inner
  return { state, origins: state?.type === 'Fail' ? originsOf(history, state, error) : [] }
}

/** The same by the events alone, which do not tell causes. */
export function failureOf(
  history: History,
  error: string | undefined,
): { state: Span | undefined; origin: Span | undefined } {
  const { state, origins } = blameOf(history, error)
  return { state, origin: origins[0]?.span }
}

/** The innermost state that an event tells of. */
function stateOf(history: History, event: number): Span | undefined {
  let span = history.spanOf[event - 1]
  while (span && span.kind !== 'state') span = span.parent
  return span
}

/**
 * What was caught and failed with a Fail state's error, or led right to it. Each failure is looked at
 * once, however many ways lead to it: iterations that go on side by side have very many.
 */
function originsOf(
  history: History,
  fail: Span,
  error: string | undefined,
  found = new Map<Span, Failed>(),
  seen = new Set([fail]),
): Failed[] {
  const take = (it: Span, anyError = false) => {
    const failure = history.failures.get(it.id)?.at(-1)
    const span = failure && stateOf(history, failure.event)
    if (!span || seen.has(span)) return
    if (!anyError && (!error || failure.error !== error)) return
    seen.add(span)
    // What a Fail state in a Parallel failed with may itself come from before.
    if (span.type === 'Fail') originsOf(history, span, error, found, seen)
    found.set(span, { span, failure })
  }
  // Those on the way to it are likelier than what a branch caught that succeeded.
  for (let it = ahead(fail); it; it = ahead(it))
    if (it.status === 'caught') take(it, it === fail.before)
  for (let id = fail.id - 1; id >= 0; id--) {
    const it = history.spans[id]!
    if (it.status === 'caught') take(it)
  }
  return [...found.values()]
}

/** The visit before one; before the first of a branch or iteration, that before what it is in. */
function ahead(span: Span): Span | undefined {
  for (let it: Span | undefined = span; it; it = it.parent) if (it.before) return it.before
  return undefined
}

/** Of those from which the error of a Fail state may come, the one whose cause is its cause, too. */
export function sameCause<T extends { cause?: string | undefined; error?: string | undefined }>(
  told: readonly T[],
  { error, cause }: Told,
): T | undefined {
  const exact = told.find((it) => it.cause === cause && it.error === error)
  return exact ?? told.find((it) => cause && it.cause === cause) ?? told[0]
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
