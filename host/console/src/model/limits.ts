// What a plugin's calls may use, and how near they came to it.

import type { DescribePlugin, Figures } from '../api/own'
import { bytes, compact, count, duration } from '../ui/format'

type Limit = DescribePlugin['answer']['limits'][number]

const BYTES: Record<string, number> = { b: 1, kib: 1 << 10, mib: 1 << 20, gib: 1 << 30 }
const DECIMAL: Record<string, number> = { kb: 1e3, mb: 1e6, gb: 1e9 }
const TIMES: Record<string, number> = {
  ms: 1,
  s: 1000,
  sec: 1000,
  second: 1000,
  seconds: 1000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  minutes: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  hours: 3_600_000,
}

/**
 * The number that a limit's text stands for: as it is, in bytes, or in milliseconds, by its unit.
 * `500_000_000`, `16MiB`, `30s`, `1m 30s`. Nothing where it is none of these.
 */
export function limitNumber(text: string): number | undefined {
  const pieces = [...text.trim().matchAll(/([\d.,_\s]*\d)\s*([a-z]*)\s*/giy)]
  if (pieces.length === 0 || pieces.map((it) => it[0]).join('').length !== text.trim().length)
    return undefined
  let sum = 0
  for (const [, digits, unit] of pieces) {
    const number = Number(digits!.replaceAll(/[,_\s]/g, ''))
    const factor = unitFactor(unit!)
    if (!Number.isFinite(number) || factor === undefined) return undefined
    sum += number * factor
  }
  return sum
}

function unitFactor(unit: string): number | undefined {
  const small = unit.toLowerCase()
  return small === '' ? 1 : (BYTES[small] ?? DECIMAL[small] ?? TIMES[small])
}

/** How a limit is called for people, and what it is there for. */
const MEANINGS: Record<string, [string, string]> = {
  fuel: ['Fuel', 'units of about one WebAssembly instruction'],
  memory: ['Memory', 'all memories and tables of a call'],
  time: ['Time', 'from the start of a call to its answer'],
  output: ['Output', 'bytes of the answer'],
  log: ['Log', 'bytes of log that are kept of a call'],
  'host-calls': ['Calls into the host', 'whatever they ask for'],
  'http-requests': ['HTTP requests', 'in one call'],
  'http-body': ['HTTP body', 'of each request and response'],
  'file-bytes': ['Bytes written', 'to files, in one call'],
}

export interface ShownLimit {
  name: string
  title: string
  meaning: string
  /** As people write it, and as the host does. */
  value: string
  exact: string
  /** The most that a call has used of it, from 0 to 1, where that is measured. */
  used?: number
  /** The same in the limit's unit. */
  most?: number
}

/** The limits with what was used of them. */
export function shownLimits(limits: readonly Limit[], figures?: Figures): ShownLimit[] {
  return limits.map(({ name, value }) => {
    const [title, meaning] = MEANINGS[kebab(name)] ?? [name, '']
    const shown: ShownLimit = {
      name: kebab(name),
      title,
      meaning,
      value: readable(name, value),
      exact: value,
    }
    const most = figures && figures.calls > 0 ? mostUsed(kebab(name), figures) : undefined
    const limit = limitNumber(value)
    if (most !== undefined && limit) {
      shown.most = most
      shown.used = most / limit
    }
    return shown
  })
}

function mostUsed(name: string, figures: Figures): number | undefined {
  if (name === 'fuel') return figures.fuelMax
  if (name === 'memory') return figures.peakMemoryMax
  return name === 'time' ? figures.durationMax : undefined
}

/** `host_calls` and `hostCalls` are what `stepwell.toml` calls `host-calls`. */
function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (it) => `-${it.toLowerCase()}`).replaceAll('_', '-')
}

/** As people write it: `5 min` rather than `300s`, `128 MiB` rather than `128.0 MiB`. */
function readable(name: string, value: string): string {
  const number = limitNumber(value)
  if (number === undefined) return value
  if (kebab(name) === 'time') return duration(number)
  if (kebab(name) === 'fuel') return compact(number)
  if (/[a-z]$/i.test(value.trim())) return bytes(number)
  return count(number)
}

/** How near to a limit is worth a word. */
export const NEAR = 0.8

/** Whether something is far from its limit, near it, or at it. */
export function nearness(used: number): 'FAR' | 'NEAR' | 'AT' {
  return used >= 1 ? 'AT' : used >= NEAR ? 'NEAR' : 'FAR'
}
