// What comes of an attempt that failed, by the state's `Retry`.
// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html

export interface Next {
  /** The attempt that comes next, from 2. */
  attempt: number
  /** How many there are at most under the retrier that decides. */
  of: number
  /** How long it waits, in milliseconds; the most, where it is drawn by lot. */
  delay: number
  jitter: boolean
  /** What it waits after the first failure, in milliseconds, and by what that is multiplied each time. */
  interval: number
  rate: number
}

/** Why no attempt comes after one that failed. */
export type GivenUp = 'no retrier' | 'none allowed' | 'none left'

type Members = Record<string, unknown>

/**
 * The attempt after the last of these errors, or why none comes. Errors are those of the attempts since
 * the state was entered or the execution redriven, at least one.
 */
export function afterErrors(definition: Members, errors: readonly string[]): Next | GivenUp {
  const retriers = Array.isArray(definition.Retry) ? (definition.Retry as Members[]) : []
  const used = retriers.map(() => 0)
  let next: Next | GivenUp = 'no retrier'
  for (const [index, error] of errors.entries()) {
    const which = retriers.findIndex((it) => matches(definition, it, error))
    const retrier = retriers[which]
    if (!retrier) return 'no retrier'
    const most = number(retrier.MaxAttempts, 3)
    const before = used[which]!
    if (before >= most) return most ? 'none left' : 'none allowed'
    used[which] = before + 1
    const interval = number(retrier.IntervalSeconds, 1) * 1000
    const rate = number(retrier.BackoffRate, 2)
    next = {
      attempt: index + 2,
      of: most + 1 + used.reduce((sum, it, at) => (at === which ? sum : sum + it), 0),
      delay: Math.min(interval * rate ** before, number(retrier.MaxDelaySeconds, Infinity) * 1000),
      jitter: retrier.JitterStrategy === 'FULL',
      interval,
      rate,
    }
  }
  return next
}

/** The attempt after the last of these errors; none where no retrier has one left. */
export function nextAttempt(definition: Members, errors: readonly string[]): Next | undefined {
  const next = afterErrors(definition, errors)
  return typeof next === 'string' ? undefined : next
}

/**
 * Whether a state's retrier or catcher is one for an error. Events call a missed heartbeat
 * `States.Timeout`: where heartbeats are expected, it may have been one.
 */
export function matches(
  definition: Members,
  { ErrorEquals: names }: Members,
  error: string,
): boolean {
  if (!Array.isArray(names) || error === 'States.Runtime') return false
  const heartbeats = 'HeartbeatSeconds' in definition || 'HeartbeatSecondsPath' in definition
  return names.some(
    (name) =>
      name === error ||
      name === 'States.ALL' ||
      (name === 'States.TaskFailed' && error !== 'States.Timeout') ||
      (name === 'States.HeartbeatTimeout' && error === 'States.Timeout' && heartbeats) ||
      (name === 'States.BranchFailed' && definition.Type === 'Parallel'),
  )
}

function number(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise
}
