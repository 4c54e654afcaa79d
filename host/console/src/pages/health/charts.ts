// Figures over time as the series of charts.

import { links } from '../../router.svelte'
import { returned, type Step } from '../../model/figures'
import type { Series } from '../../ui/charts/series'

/** How executions ended. */
export function byOutcome(over: Step[]): Series[] {
  const ended = over.map((it) => it.figures.executions)
  return [
    { name: 'Succeeded', tone: 'succeeded', values: ended.map((it) => it?.succeeded ?? 0) },
    {
      name: 'Failed',
      tone: 'failed',
      texture: 'hatched',
      values: ended.map((it) => it?.failed ?? 0),
    },
    {
      name: 'Timed out',
      tone: 'waiting',
      texture: 'dotted',
      values: ended.map((it) => it?.timedOut ?? 0),
    },
    {
      name: 'Aborted',
      tone: 'aborted',
      texture: 'crossed',
      values: ended.map((it) => it?.aborted ?? 0),
    },
  ]
}

/** Calls that went well, those that did not, and those that were given up where there are any. */
export function callsAndErrors(over: Step[]): Series[] {
  const cancelled: Series = {
    name: 'Cancelled',
    tone: 'aborted',
    texture: 'crossed',
    values: over.map((it) => it.figures.cancelled),
  }
  return [
    {
      name: 'Went well',
      tone: 'accent',
      values: over.map((it) => returned(it.figures)),
    },
    {
      name: 'Errors',
      tone: 'failed',
      texture: 'hatched',
      values: over.map((it) => it.figures.errors),
    },
    ...(over.some((it) => it.figures.cancelled > 0) ? [cancelled] : []),
  ]
}

export function fuel(over: Step[]): Series[] {
  return [{ name: 'Fuel', tone: 'running', values: over.map((it) => it.figures.fuel) }]
}

/** How long calls took: the p99 of each step. */
export function p99(over: Step[]): Series[] {
  return [{ name: 'p99', tone: 'waiting', values: over.map((it) => it.figures.durationP99) }]
}

/** Where the executions show that were started in a step, of a state machine or of all. */
export function startedThen(machine?: string) {
  return {
    title: 'list those started then',
    href: (from: number, to: number) => links.executions({ machine, from: iso(from), to: iso(to) }),
  }
}

function iso(time: number): string {
  return new Date(time * 1000).toISOString()
}
