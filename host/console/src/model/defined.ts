// What a history's events leave to the definition: with what a Fail state fails, how many failures a Map
// tolerates, and what is caught.

import type { Graph } from './graph'
import { matches } from './retry'
import type { Span } from './spans'

export interface Defined {
  /** What a Fail state fails with; empty where it has no error, or computes it. */
  error(fail: string): string
  /** How many iterations of a Map may fail; none where it fails with the error of the first. */
  tolerated(map: Span): number | undefined
  /** Whether a Parallel or Map catches an error. */
  catches(fork: Span, error: string): boolean
}

export const NOTHING: Defined = { error: () => '', tolerated: () => undefined, catches: () => true }

/** What a definition says of it. */
export function definedBy(graph: Graph): Defined {
  const definition = (name: string) => graph.states.get(name)?.definition ?? {}
  return {
    error: (fail) => constant(definition(fail).Error) ?? '',
    tolerated: ({ name, length }) => {
      const it = definition(name)
      const members = ['ToleratedFailureCount', 'ToleratedFailurePercentage']
      if (!members.some((member) => member in it || `${member}Path` in it)) return undefined
      const [count, percentage] = members.map((member) => it[member])
      // What is computed is known by what the Map does.
      if (members.some((member) => `${member}Path` in it)) return Infinity
      if (typeof count === 'string' || typeof percentage === 'string') return Infinity
      const share =
        typeof percentage === 'number' ? Math.floor((length * percentage) / 100) : Infinity
      return Math.min(typeof count === 'number' ? count : Infinity, share)
    },
    catches: ({ name }, error) => {
      const { Catch } = definition(name)
      return Array.isArray(Catch) && Catch.some((it) => matches(definition(name), it, error))
    },
  }
}

/** The text of a member, unless it is computed. */
export function constant(member: unknown): string | undefined {
  return typeof member === 'string' && !/^\s*\{%/.test(member) ? member : undefined
}
