// The attempts of a visit as its state's `Retry` counts them.

import { afterErrors, type GivenUp, type Next } from './retry'
import type { Attempt, Span } from './spans'
import type { Standing } from './standing'

export interface Try {
  attempt: Attempt
  /** From 1, of all of the visit. */
  number: number
  /** From 1, of those since the execution was redriven last: retries are counted anew from there. */
  since: number
  /** How many of those there are at most; none where no retrier has decided on it. */
  of: number | undefined
  /** Where it failed: what the definition has come next. */
  then: Next | GivenUp | undefined
}

/** The attempts that had begun, in their order. */
export function triesOf(
  standing: Standing,
  visit: Span,
  definition: Record<string, unknown> = {},
): Try[] {
  let errors: string[] = []
  let of: number | undefined
  let since = 0
  return standing.attempts(visit).map((attempt, index) => {
    if (attempt.redriven) {
      errors = []
      of = undefined
      since = 0
    }
    since++
    let then: Try['then']
    if (standing.ended(attempt) && attempt.failed) {
      errors.push(standing.failureOf(visit, attempt)?.error ?? attempt.error)
      then = afterErrors(definition, errors)
    }
    const before = of
    if (typeof then === 'object') of = then.of
    return { attempt, number: index + 1, since, of: before ?? of, then }
  })
}
