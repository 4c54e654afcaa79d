// What the nodes of a graph share. They read it as it changes.

import { createContext } from 'svelte'
import type { Graph } from '../../model/graph'
import type { StateProblems } from '../../model/states'
import type { StateShown } from '../../model/status'

export interface Shared {
  readonly graph: Graph
  readonly states: ReadonlyMap<string, StateShown> | undefined
  readonly chosen: string | undefined
  /** What is wrong with states, by their names. */
  readonly problems: ReadonlyMap<string, StateProblems>
  readonly folded: ReadonlySet<string>
  choose(name: string): void
  fold(name: string): void
}

/** The state to be seen at an event. */
export interface Attention {
  name: string
  event: number
  /** Whether it is not the last one. */
  past: boolean
}

export const [shared, share] = createContext<Shared>()
