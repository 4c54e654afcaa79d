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
}

type Members = Record<string, unknown>

/**
 * The attempt after the last of these errors; none where no retrier has one left. Errors are those of
 * the attempts since the state was entered or the execution redriven.
 */
export function nextAttempt(definition: Members, errors: readonly string[]): Next | undefined {
  const retriers = Array.isArray(definition.Retry) ? (definition.Retry as Members[]) : []
  const used = retriers.map(() => 0)
  let next: Next | undefined
  for (const [index, error] of errors.entries()) {
    const which = retriers.findIndex((it) => matches(definition, it, error))
    const retrier = retriers[which]
    if (!retrier) return undefined
    const most = number(retrier.MaxAttempts, 3)
    const before = used[which]!
    if (before >= most) return undefined
    used[which] = before + 1
    const seconds = number(retrier.IntervalSeconds, 1) * number(retrier.BackoffRate, 2) ** before
    next = {
      attempt: index + 2,
      of: most + 1 + used.reduce((sum, it, at) => (at === which ? sum : sum + it), 0),
      delay: Math.min(seconds, number(retrier.MaxDelaySeconds, Infinity)) * 1000,
      jitter: retrier.JitterStrategy === 'FULL',
    }
  }
  return next
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
