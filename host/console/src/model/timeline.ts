// The rows of a timeline: spans in their order, those within folded ones left out; and the ticks of its
// scale.

import type { Standing } from './standing'
import type { Span } from './spans'

export interface Row {
  span: Span
  depth: number
  /** Whether there is something in it. */
  group: boolean
  open: boolean
}

/** What is in a span as of the standing's event, where `open` says which of the spans in it are open. */
export function rowsOf(standing: Standing, within: Span, open: ReadonlySet<number>): Row[] {
  const rows: Row[] = []
  const add = (span: Span, depth: number) => {
    for (const child of span.children) {
      if (child.entered > standing.event) break
      const group = child.children.some((it) => it.entered <= standing.event)
      const unfolded = group && open.has(child.id)
      rows.push({ span: child, depth, group, open: unfolded })
      if (unfolded) add(child, depth + 1)
    }
  }
  add(within, 0)
  return rows
}

/** Round times over so many milliseconds, some `wanted` of them: 0, 200, 400, ... */
export function ticks(length: number, wanted: number): number[] {
  if (!(length > 0)) return [0]
  const rough = length / Math.max(wanted, 1)
  const steps = [
    1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000,
    300_000, 600_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000, 43_200_000, 86_400_000,
  ]
  const day = 86_400_000
  const step = steps.find((it) => it >= rough) ?? Math.ceil(rough / day) * day
  return Array.from({ length: Math.floor(length / step) + 1 }, (_, index) => index * step)
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
