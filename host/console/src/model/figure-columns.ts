// The columns of tables of figures, and how rows are sorted by them.

import type { Figures, GetStatistics, StatisticsKey } from '../api/own'
import { bytes, callDuration, compact, count, nameOf } from '../ui/format'
import { endsOf, errorRate, percent } from './figures'

export type By = GetStatistics['request']['by']
export type Row = GetStatistics['answer']['rows'][number]

export interface Column {
  id: string
  title: string
  /** Said where the title alone is not clear. */
  meaning?: string
  value: (figures: Figures) => number | undefined
  text: (value: number) => string
  /** What of a whole the number is, from 0 to 1; nothing where it is none of it. */
  share?: (figures: Figures) => number | undefined
  /** The number in full, where it is rounded or is part of another. */
  exact?: (figures: Figures) => string | undefined
  /** Where it counts what is not good. */
  bad?: boolean
}

/** What ends are that did not succeed, and why there can be more of them than executions. */
export const ENDS =
  'Ends of executions that failed, timed out or were aborted. One that is redriven ends again, so that there can be more ends than executions.'

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
    title: 'Ends not succeeded',
    meaning: ENDS,
    value: (it) => it.executions && endsOf(it).bad,
    text: count,
    share: (it) => endsOf(it).bad / endsOf(it).all,
    exact: (it) => `${count(endsOf(it).bad)} of ${count(endsOf(it).all)} ends`,
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
    exact: (it) =>
      it.cancelled
        ? `${count(it.calls)}, of which ${count(it.cancelled)} were cancelled`
        : undefined,
  },
  {
    id: 'errors',
    title: 'Errors',
    value: (it) => it.errors,
    text: count,
    share: errorRate,
    bad: true,
  },
  { id: 'retries', title: 'Retries', value: (it) => it.retries, text: count },
  {
    id: 'p50',
    title: 'p50',
    meaning: 'Half of the calls were faster',
    value: (it) => it.durationP50,
    text: callDuration,
  },
  {
    id: 'p99',
    title: 'p99',
    meaning: '99 of 100 calls were faster',
    value: (it) => it.durationP99,
    text: callDuration,
  },
  {
    id: 'fuel',
    title: 'Fuel',
    meaning: 'In units of about one WebAssembly instruction',
    value: (it) => it.fuel,
    text: compact,
    exact: (it) => count(it.fuel),
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
    meaning: 'Whatever plugins ask the host for: the time, a log line, a request to the outside',
    value: (it) => it.hostCalls,
    text: compact,
    exact: (it) => count(it.hostCalls),
  },
]

/** What of a whole a number is, beside it; nothing where it is none of it. */
export function shareText(column: Column, figures: Figures): string {
  const share = column.value(figures) && column.share?.(figures)
  return share ? percent(share) : ''
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

/** Whether a row is one that somebody looks for, by what it is, or what else it is known by. */
export function isFound(row: Row, by: By, text: string, known = ''): boolean {
  const { stateMachineArn, plugin, account } = row.key
  const machine = stateMachineArn && nameOf(stateMachineArn)
  const words = [nameText(by, row.key), machine, plugin, account, known]
  return words.join(' ').toLowerCase().includes(text.trim().toLowerCase())
}
