// How a state stands, or a part of an execution: its word and its mark, so that colour is never all
// that says it.

export type StateStatus =
  'running' | 'retrying' | 'succeeded' | 'caught' | 'failed' | 'aborted' | 'timedOut'

export const STATUSES: Record<StateStatus, { word: string; mark: string }> = {
  running: { word: 'Running', mark: '●' },
  retrying: { word: 'Attempt failed', mark: '↻' },
  succeeded: { word: 'Succeeded', mark: '✓' },
  caught: { word: 'Caught error', mark: '⤳' },
  failed: { word: 'Failed', mark: '✕' },
  aborted: { word: 'Aborted', mark: '■' },
  timedOut: { word: 'Timed out', mark: '◔' },
}

/** What says most of several visits comes first. */
export const STANDINGS: StateStatus[] = [
  'running',
  'retrying',
  'failed',
  'timedOut',
  'aborted',
  'caught',
  'succeeded',
]

/** What is shown of a state beside its name. */
export interface StateShown {
  status: StateStatus
  /** In place of the status' word: `attempt 2 of 4, next in 3 s`. */
  note?: string
  /** Beside the name: `1.2 s`, `3 attempts`. */
  badge?: string
  /** Where it was entered more than once. */
  counts?: Partial<Record<StateStatus, number>>
}
