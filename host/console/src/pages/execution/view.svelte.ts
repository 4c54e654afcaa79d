// What of an execution is looked at, as the address has it.

import { strandsOf, pathOf, type Span } from '../../model/spans'
import { router } from '../../router.svelte'
import { createContext } from 'svelte'
import type { Run } from './run.svelte'

export const TABS = ['graph', 'timeline', 'events'] as const
export type Tab = (typeof TABS)[number]

export class View {
  constructor(readonly run: Run) {}

  tab: Tab = $derived(TABS.find((it) => it === router.query.get('tab')) ?? 'graph')

  /** The name of the state that is chosen. */
  state = $derived(router.query.get('state') ?? undefined)

  /** The iteration or branch that is looked into; the whole execution otherwise. */
  within: Span | undefined = $derived.by(() => {
    const { history } = this.run
    if (!this.run.last) return undefined
    const entered = Number(router.query.get('in'))
    const event = history.spanOf[entered - 1]
    const found =
      event &&
      [event, ...pathOf(event)].find((it) => it.entered === entered && it.kind === 'iteration')
    return found ?? history.execution
  })

  /** The visits of the chosen state within that, as of the event that is looked at. */
  visits: Span[] = $derived.by(() => {
    const { state, within } = this
    if (state === undefined || !within) return []
    const standing = this.run.standing.it
    const here = standing.visits(within).get(state)
    if (here) return here
    // What is around an iteration is shown beside it.
    const around = pathOf(within).filter((it) => it.name === state && it.kind === 'state')
    if (around.length) return around
    const { execution } = this.run.history
    return (execution && standing.visits(execution).get(state)) ?? []
  })

  /** The visit that is chosen: the one that the address names, or what says most. */
  visit: Span | undefined = $derived.by(() => {
    const entered = Number(router.query.get('visit'))
    const named = this.visits.find((it) => it.entered === entered)
    if (named) return named
    const standing = this.run.standing.it
    const bad = this.visits.findLast((it) => standing.status(it) === 'failed')
    return bad ?? this.visits.at(-1)
  })

  show(tab: Tab): void {
    router.push({ tab: tab === 'graph' ? undefined : tab })
  }

  /** Chooses a state, or one visit of it. */
  choose(state: string | undefined, visit?: Span): void {
    router.set({ state, visit: visit && String(visit.entered) })
  }

  /** Looks into an iteration; with none given, at the whole. */
  enter(span: Span | undefined): void {
    const iteration = span?.kind === 'execution' ? undefined : span
    router.push({ in: iteration && String(iteration.entered), visit: undefined })
  }

  /** Leads to a visit, wherever it is; to the last event where it is yet to come in what is looked at. */
  reveal(span: Span): void {
    const iteration = pathOf(span).findLast((it) => it.kind === 'iteration')
    const inIteration = iteration && String(iteration.entered)
    const place = {
      in: inIteration,
      state: span.name,
      visit: String(span.entered),
      open: undefined,
    }
    const later = span.entered > this.run.at
    if (later) this.run.event = undefined
    router.push(later ? { ...place, event: undefined } : place)
  }

  /** Looks at an event; at the last one where none is given. */
  moveTo(event: number | undefined): void {
    router.set({ event: this.#lookAt(event) })
  }

  /** The same, where Back leads to what is looked at now. */
  goTo(event: number): void {
    router.push({ event: this.#lookAt(event) })
  }

  /** As the address names it. */
  #lookAt(event: number | undefined): string | undefined {
    const last = event === undefined || event >= this.run.last
    this.run.event = last ? undefined : event
    return last ? undefined : String(event)
  }
}

/** The iterations of a Map as of an event, in the order of their indices. */
export function iterationsOf(map: Span, event: number): Span[] {
  return strandsOf(map, event).sort((a, b) => a.index - b.index)
}

export const [theView, giveView] = createContext<View>()
