// Figures of statistics: of ranges of time, put together, compared and sorted.

import type { Figures, GetStatistics, StatisticsKey } from '../api/own'

/** How far back one looks, in steps of how long. */
export interface Range {
  id: string
  title: string
  /** What the same time before it is called. */
  before: string
  seconds: number
  step: number
}

const HOUR = 3600
const DAY = 24 * HOUR

export const RANGES: readonly Range[] = [
  {
    id: '1h',
    title: '1 hour',
    before: 'the hour before',
    seconds: HOUR,
    step: 300,
  },
  {
    id: '24h',
    title: '24 hours',
    before: 'the day before',
    seconds: DAY,
    step: 1800,
  },
  {
    id: '7d',
    title: '7 days',
    before: 'the week before',
    seconds: 7 * DAY,
    step: 3 * HOUR,
  },
  {
    id: '30d',
    title: '30 days',
    before: 'the 30 days before',
    seconds: 30 * DAY,
    step: 12 * HOUR,
  },
]

/** The range of an id; a day where there is none of it. */
export function rangeOf(id: string | null | undefined): Range {
  return RANGES.find((it) => it.id === id) ?? RANGES[1]!
}

/** From when to when a range is, now: whole steps, of which the last is not over yet. */
export function spanOf(range: Range, now: number): { startTime: number; endTime: number } {
  const endTime = Math.floor(now / range.step) * range.step + range.step
  return { startTime: endTime - range.seconds, endTime }
}

/**
 * Figures of several times or things together. Percentiles do not add up: they are those of the only
 * one that has any, and otherwise left out.
 */
export function together(parts: readonly Figures[]): Figures {
  const busy = parts.filter((it) => it.calls > 0)
  const only = busy.length === 1 ? busy[0]! : undefined
  const sum = (of: (figures: Figures) => number) => parts.reduce((all, it) => all + of(it), 0)
  const most = (of: (figures: Figures) => number) =>
    parts.reduce((all, it) => Math.max(all, of(it)), 0)
  const names = new Map<string, number>()
  for (const { name, count } of parts.flatMap((it) => it.errorNames))
    names.set(name, (names.get(name) ?? 0) + count)
  const whole: Figures = {
    calls: sum((it) => it.calls),
    errors: sum((it) => it.errors),
    retries: sum((it) => it.retries),
    fuel: sum((it) => it.fuel),
    fuelMax: most((it) => it.fuelMax),
    peakMemoryMax: most((it) => it.peakMemoryMax),
    hostCalls: sum((it) => it.hostCalls),
    errorNames: [...names]
      .map(([name, count]) => ({ name, count }))
      .sort((a, b) => b.count - a.count),
  }
  if (busy.length > 0) whole.durationMax = most((it) => it.durationMax ?? 0)
  if (only?.durationP50 !== undefined) whole.durationP50 = only.durationP50
  if (only?.durationP99 !== undefined) whole.durationP99 = only.durationP99
  const executions = executionsTogether(parts)
  if (executions) whole.executions = executions
  return whole
}

type Executions = NonNullable<Figures['executions']>

function executionsTogether(parts: readonly Figures[]): Executions | undefined {
  const given = parts.flatMap((it) => it.executions ?? [])
  if (given.length === 0) return undefined
  const sum = (of: (it: Executions) => number) => given.reduce((all, it) => all + of(it), 0)
  const whole: Executions = {
    started: sum((it) => it.started),
    succeeded: sum((it) => it.succeeded),
    failed: sum((it) => it.failed),
    timedOut: sum((it) => it.timedOut),
    aborted: sum((it) => it.aborted),
  }
  const timed = given.filter((it) => it.durationP50 !== undefined)
  const only = timed.length === 1 ? timed[0]! : undefined
  if (only?.durationP50 !== undefined) whole.durationP50 = only.durationP50
  if (only?.durationP99 !== undefined) whole.durationP99 = only.durationP99
  return whole
}

/** What was done in a time. */
export interface Period {
  time: number
  figures: Figures
}

/** A step of a range, of one thing or of several together. */
export interface Step extends Period {
  /** The p99 of that whose is the greatest: that of all together is not more. */
  worstP99?: number
}

/** One entry for each step of a range, whether something happened in it or not. */
export function steps(
  series: readonly Period[],
  span: { startTime: number; endTime: number },
  step: number,
): Step[] {
  const held = new Map<number, Figures[]>()
  for (const { time, figures } of series) {
    const index = Math.floor((time - span.startTime) / step)
    held.set(index, [...(held.get(index) ?? []), figures])
  }
  const many = Math.ceil((span.endTime - span.startTime) / step)
  return Array.from({ length: many }, (_, index) => {
    const parts = held.get(index) ?? []
    const slow = parts.flatMap((it) => it.durationP99 ?? [])
    return {
      time: span.startTime + index * step,
      figures: together(parts),
      ...(slow.length > 0 && { worstP99: Math.max(...slow) }),
    }
  })
}

type Row = GetStatistics['answer']['rows'][number]

/** All rows of an answer as one. */
export function total(rows: readonly Row[]): { figures: Figures; series: Period[] } {
  return {
    figures: together(rows.map((it) => it.figures)),
    series: rows.flatMap((it) => it.series ?? []),
  }
}

/** What part of the calls ended in errors, from 0 to 1. */
export function errorRate({ calls, errors }: Figures): number {
  return calls ? errors / calls : 0
}

/**
 * How often executions ended, and how often not well. One that is redriven ends again: these are no
 * numbers of executions.
 */
export function endsOf({ executions: it }: Figures): { all: number; bad: number } {
  if (!it) return { all: 0, bad: 0 }
  const bad = it.failed + it.timedOut + it.aborted
  return { all: bad + it.succeeded, bad }
}

/** How a number changed: `+12 %`, `−3 %`, `×14`; nothing where there was nothing to compare with. */
export function change(now: number, before: number): string | undefined {
  if (before <= 0) return undefined
  const ratio = now / before
  if (ratio >= 10) return `×${Math.round(ratio)}`
  const percent = Math.round((ratio - 1) * 100)
  if (percent === 0) return '±0 %'
  return percent > 0 ? `+${percent} %` : `−${-percent} %`
}

/** `0 %`, `0.4 %`, `12 %`: a part that is not nothing never looks like it, nor one like all. */
export function percent(part: number): string {
  const hundredths = part * 100
  if (hundredths === 0 || hundredths === 100) return `${hundredths} %`
  if (hundredths < 0.1) return '< 0.1 %'
  if (hundredths > 99.9) return '> 99.9 %'
  const written = hundredths < 10 || hundredths > 99 ? hundredths.toFixed(1) : hundredths.toFixed(0)
  return `${written.replace(/\.0$/, '')} %`
}

/** What tells a row from the others of its table. */
export function keyText(key: StatisticsKey): string {
  return [key.account, key.stateMachineArn, key.state, key.plugin, key.task].join('\n')
}
