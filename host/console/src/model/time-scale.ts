// The scale of a timeline, from which long times are cut in which an execution stood still until it was
// redriven; and its ticks.

import type { History } from './history'

/** Milliseconds since the start. */
export interface Stretch {
  from: number
  to: number
}

/** Which share of the time that an execution went on for may be stood still for without being cut out. */
const LONG = 0.2

/** What is cut out of a stretch, as of an event. */
export function cutsOf(history: History, event: number, { from, to }: Stretch): Stretch[] {
  const time = (id: number) => Math.min(Math.max(history.time[id - 1] ?? 0, from), to)
  const still = history.redrives
    .filter((id) => id <= event)
    .map((id) => ({ from: time(id - 1), to: time(id) }))
  const stood = still.reduce((sum, it) => sum + it.to - it.from, 0)
  const most = (to - from - stood) * LONG
  return still.filter((it) => it.to - it.from > most)
}

export interface Tick {
  /** In pixels. */
  at: number
  text: string
  /** How long was cut out just before it, in milliseconds. */
  cut?: number
}

export interface Scale {
  /** Where a moment is, in pixels. */
  place(milliseconds: number): number
  /** Some so many pixels apart. */
  ticks(apart: number): Tick[]
}

/** A stretch in so many pixels, of which each of its cuts takes `gap`. */
export function scaleOf(stretch: Stretch, cuts: Stretch[], width: number, gap: number): Scale {
  const cut = cuts.reduce((sum, it) => sum + it.to - it.from, 0)
  const length = Math.max(stretch.to - stretch.from - cut, 1)
  const each = Math.max(width - cuts.length * gap, 1) / length
  const place = (milliseconds: number) => {
    let at = (milliseconds - stretch.from) * each
    for (const { from, to } of cuts) {
      const within = Math.min(Math.max(milliseconds - from, 0), to - from)
      if (within > 0) at += (within / (to - from)) * gap - within * each
    }
    return at
  }
  return {
    place,
    ticks: (apart) => {
      const step = stepOf(length, (length * each) / apart)
      const parts = [stretch.from, ...cuts.map((it) => it.to)]
      return parts.flatMap((from, part) => {
        const before = cuts[part - 1]
        const marks = ticks((cuts[part]?.from ?? stretch.to) - from, 0, step)
        return marks.map((mark): Tick => {
          const at = place(from + mark)
          if (!before) return { at, text: tick(mark) }
          if (mark) return { at, text: `+${tick(mark)}` }
          return { at, text: '', cut: before.to - before.from }
        })
      })
    },
  }
}

/** Round times over so many milliseconds, some `wanted` of them: 0, 200, 400, ... */
export function ticks(length: number, wanted: number, step = stepOf(length, wanted)): number[] {
  if (!(length > 0)) return [0]
  return Array.from({ length: Math.floor(length / step) + 1 }, (_, index) => index * step)
}

function stepOf(length: number, wanted: number): number {
  const rough = length / Math.max(wanted, 1)
  const steps = [
    1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000,
    300_000, 600_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000, 43_200_000, 86_400_000,
  ]
  const day = 86_400_000
  return steps.find((it) => it >= rough) ?? Math.ceil(rough / day) * day
}

/** A tick's time. */
export function tick(milliseconds: number): string {
  if (milliseconds === 0) return '0'
  if (milliseconds < 1000) return `${milliseconds} ms`
  if (milliseconds < 60_000) return `${milliseconds / 1000} s`
  const minutes = milliseconds / 60_000
  if (minutes < 60) return `${Number.isInteger(minutes) ? minutes : minutes.toFixed(1)} min`
  const hours = minutes / 60
  if (hours < 48) return `${Number.isInteger(hours) ? hours : hours.toFixed(1)} h`
  return `${Math.round(hours / 24)} d`
}
