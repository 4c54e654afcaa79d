// Figures of statistics: of ranges of time, over them, and compared.

import type { Figures, StatisticsKey } from '../api/own'

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

/** Figures of no calls. */
export const NOTHING: Figures = {
  calls: 0,
  errors: 0,
  cancelled: 0,
  retries: 0,
  fuel: 0,
  fuelMax: 0,
  peakMemoryMax: 0,
  hostCalls: 0,
  errorNames: [],
}

/** What was done in a step of a range. */
export interface Step {
  time: number
  figures: Figures
}

/** One entry for each step of a range, whether something happened in it or not. */
export function steps(
  series: readonly Step[],
  span: { startTime: number; endTime: number },
  step: number,
): Step[] {
  const held = new Map(series.map(({ time, figures }) => [time, figures]))
  const many = Math.ceil((span.endTime - span.startTime) / step)
  return Array.from({ length: many }, (_, index) => {
    const time = span.startTime + index * step
    return { time, figures: held.get(time) ?? NOTHING }
  })
}

/** What part of the calls ended in errors, from 0 to 1. */
export function errorRate({ calls, errors }: Pick<Figures, 'calls' | 'errors'>): number {
  return calls ? errors / calls : 0
}

/** Of the calls, those that returned. */
export function returned({ calls, errors, cancelled }: Figures): number {
  return Math.max(calls - errors - cancelled, 0)
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
