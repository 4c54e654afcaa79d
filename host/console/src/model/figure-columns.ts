// The columns of tables of figures, and how rows are sorted by them.

import type { Figures, GetStatistics, StatisticsKey } from '../api/own'
import { bytes, compact, count, fineDuration, nameOf } from '../ui/format'
import { errorRate, failureRate, percent } from './figures'

export type By = GetStatistics['request']['by']
export type Row = GetStatistics['answer']['rows'][number]

export interface Column {
  id: string
  title: string
  /** Said where the title alone is not clear. */
  meaning?: string
  value: (figures: Figures) => number | undefined
  text: (value: number) => string
  /** What stands beside the number. */
  note?: (figures: Figures) => string | undefined
  /** Where it counts what is not good. */
  bad?: boolean
}

const EXECUTIONS: Column[] = [
  {
    id: 'executions',
    title: 'Executions',
    meaning: 'Started in this time',
    value: (it) => it.executions?.started,
    text: count,
  },
  {
    id: 'failures',
    title: 'Not succeeded',
    meaning: 'Failed, timed out or aborted, of those that ended',
    value: (it) =>
      it.executions && it.executions.failed + it.executions.timedOut + it.executions.aborted,
    text: count,
    note: (it) => {
      const rate = failureRate(it)
      return rate ? percent(rate) : undefined
    },
    bad: true,
  },
]

const ATTEMPTS: Column[] = [
  {
    id: 'calls',
    title: 'Calls',
    meaning: 'Attempts of tasks that are over, those too that were cut off while they ran',
    value: (it) => it.calls,
    text: count,
    note: (it) => (it.cancelled ? `${count(it.cancelled)} cancelled` : undefined),
  },
  {
    id: 'errors',
    title: 'Errors',
    value: (it) => it.errors,
    text: count,
    note: (it) => (it.errors ? percent(errorRate(it)) : undefined),
    bad: true,
  },
  { id: 'retries', title: 'Retries', value: (it) => it.retries, text: count },
  {
    id: 'p50',
    title: 'p50',
    meaning: 'Half of the calls were faster',
    value: (it) => it.durationP50,
    text: took,
  },
  {
    id: 'p99',
    title: 'p99',
    meaning: '99 of 100 calls were faster',
    value: (it) => it.durationP99,
    text: took,
  },
  {
    id: 'fuel',
    title: 'Fuel',
    meaning: 'WebAssembly instructions, about',
    value: (it) => it.fuel,
    text: compact,
  },
  {
    id: 'memory',
    title: 'Memory',
    meaning: 'The most that a call held',
    value: (it) => it.peakMemoryMax,
    text: bytes,
  },
  {
    id: 'host-calls',
    title: 'Calls into the host',
    meaning: 'Of any kind: for the time, for a log line, to the outside',
    value: (it) => it.hostCalls,
    text: compact,
  },
]

/** How long calls took. The host counts whole milliseconds: none is less than one. */
function took(milliseconds: number): string {
  return milliseconds === 0 ? '< 1 ms' : fineDuration(milliseconds)
}

/** The columns of a table; executions are of machines and tenants only. */
export function columns(by: By): Column[] {
  return by === 'TENANT' || by === 'STATE_MACHINE' ? [...EXECUTIONS, ...ATTEMPTS] : ATTEMPTS
}

export interface Sorting {
  /** A column, or `name`. */
  column: string
  descending: boolean
}

/** `fuel` and `-fuel`: ascending, and descending. */
export function sortingOf(text: string | null, fallback: Sorting): Sorting {
  if (!text) return fallback
  return { column: text.replace(/^-/, ''), descending: text.startsWith('-') }
}

export function sortingText({ column, descending }: Sorting): string {
  return (descending ? '-' : '') + column
}

/** The rows in order. What has no value comes last, whichever way; what is equal, by its name. */
export function sorted(rows: readonly Row[], by: By, { column, descending }: Sorting): Row[] {
  const sign = descending ? -1 : 1
  const value = columns(by).find((it) => it.id === column)?.value
  const byName = (a: Row, b: Row) => nameText(by, a.key).localeCompare(nameText(by, b.key))
  return [...rows].sort((a, b) => {
    if (!value) return sign * byName(a, b)
    const [first, second] = [value(a.figures), value(b.figures)]
    if (first === undefined || second === undefined)
      return Number(first === undefined) - Number(second === undefined) || byName(a, b)
    return sign * (first - second) || byName(a, b)
  })
}

/** What a row is of. */
export function nameText(by: By, key: StatisticsKey): string {
  switch (by) {
    case 'TENANT':
      return key.account ?? ''
    case 'STATE_MACHINE':
      return nameOf(key.stateMachineArn ?? '')
    case 'STATE':
      return key.state ?? ''
    case 'PLUGIN':
      return key.plugin ?? ''
    case 'TASK':
      return key.task ?? ''
  }
}

/** Whether a row is one that somebody looks for. */
export function isFound(row: Row, by: By, text: string): boolean {
  const { stateMachineArn, plugin, account } = row.key
  const words = [nameText(by, row.key), stateMachineArn && nameOf(stateMachineArn), plugin, account]
  return words.join(' ').toLowerCase().includes(text.trim().toLowerCase())
}
