// Which executions are listed, as the address says it.

import type { ExecutionListItem, ExecutionStatus } from '../api/aws'
import type { SearchExecutions } from '../api/own'

export const STATUSES: ExecutionStatus[] = [
  'RUNNING',
  'SUCCEEDED',
  'FAILED',
  'TIMED_OUT',
  'ABORTED',
  'PENDING_REDRIVE',
]

/** Times until now that can be chosen, in seconds. */
export const WITHIN = { '15m': 900, '1h': 3600, '24h': 86_400, '7d': 604_800, '30d': 2_592_000 }
export type Within = keyof typeof WITHIN

export const SIZES = [25, 50, 100, 200]
export const SIZE = 50

export interface Filters {
  /** None for all. */
  status: ExecutionStatus[]
  machine?: string
  /** Of a machine: the number of a version, or the name of an alias. */
  version?: string
  name?: string
  within?: Within
  /** In seconds since 1970. */
  from?: number
  to?: number
  mapRun?: string
  /** The token of the page. */
  page?: string
  size: number
}

/** What the query says of a machine's executions, or of all; what it says wrongly is left out. */
export function parse(query: URLSearchParams, of?: string): Filters {
  const text = (name: string) => query.get(name) || undefined
  const at = (name: string) => {
    const time = Date.parse(query.get(name) ?? '')
    return Number.isNaN(time) ? undefined : time / 1000
  }
  const asked = (query.get('status') ?? '').split(',')
  const within = text('within')
  const machine = of ?? text('machine')
  const size = Number(query.get('size'))
  return defined({
    status: STATUSES.filter((status) => asked.includes(status)),
    machine,
    version: machine && text('version'),
    name: text('name'),
    within: within && Object.hasOwn(WITHIN, within) ? (within as Within) : undefined,
    from: at('from'),
    to: at('to'),
    mapRun: text('mapRun'),
    page: text('page'),
    size: SIZES.includes(size) ? size : SIZE,
  })
}

/** Which filters of the query have values that say nothing. */
export function meaningless(query: URLSearchParams): string[] {
  const filters = parse(query)
  const said: [string, unknown][] = [
    ['status', filters.status.length],
    ['within', filters.within],
    ['from', filters.from],
    ['to', filters.to],
    ['size', String(filters.size) === query.get('size')],
  ]
  return said.filter(([name, means]) => query.has(name) && !means).map(([name]) => name)
}

function defined<T extends object>(it: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(it).filter(([, value]) => value !== undefined)) as never
}

/** The ARN of what the executions are of; none of all. */
export function subject({ machine, version }: Filters): string | undefined {
  return machine && version ? `${machine}:${version}` : machine
}

/** What the host is asked for. Times until now are counted from `now`, in milliseconds. */
export function request(filters: Filters, now: number): SearchExecutions['request'] {
  const after = filters.within ? Math.floor(now / 1000) - WITHIN[filters.within] : filters.from
  return defined({
    stateMachineArn: subject(filters),
    statusFilter: filters.status.length ? filters.status : undefined,
    namePrefix: filters.name,
    startedAfter: after,
    startedBefore: filters.within ? undefined : filters.to,
    maxResults: filters.size,
    nextToken: filters.page,
  }) as SearchExecutions['request']
}

/** Whether an execution is one of those that are asked for. Times until now are counted from `now`, in milliseconds. */
export function matches(filters: Filters, execution: ExecutionListItem, now: number): boolean {
  const { status, machine, version, name, from, to, within, mapRun } = filters
  return (
    (!status.length || status.includes(execution.status)) &&
    (!machine || execution.stateMachineArn === machine) &&
    (!version ||
      execution.stateMachineVersionArn === subject(filters) ||
      execution.stateMachineAliasArn === subject(filters)) &&
    execution.name.startsWith(name ?? '') &&
    (within
      ? execution.startDate >= now / 1000 - WITHIN[within]
      : execution.startDate >= (from ?? -Infinity) && execution.startDate < (to ?? Infinity)) &&
    execution.mapRunArn === mapRun
  )
}

/**
 * Whether an execution of which there is news belongs on a page: one that was started before the last
 * of a page that others follow is on one of those.
 */
export function belongs(
  execution: ExecutionListItem,
  rows: ExecutionListItem[],
  followed: boolean,
): boolean {
  const last = rows.at(-1)
  return !followed || !last || execution.startDate >= last.startDate
}

/** Whether anything but the status and the machine narrows the list, so that counts do not tell how many there are. */
export function narrowed(filters: Filters): boolean {
  const { version, name, within, from, to } = filters
  return Boolean(version || name || within || from !== undefined || to !== undefined)
}

/**
 * A list with executions of which there is news: those listed are changed in place, those that are
 * new and match are put at its top, the newest first.
 */
export function updated(
  listed: ExecutionListItem[],
  news: ExecutionListItem[],
): { listed: ExecutionListItem[]; others: ExecutionListItem[] } {
  const latest = new Map(news.map((it) => [it.executionArn, it]))
  const here = new Set(listed.map((it) => it.executionArn))
  return {
    listed: listed.map((it) => latest.get(it.executionArn) ?? it),
    others: [...latest.values()].filter((it) => !here.has(it.executionArn)),
  }
}

/** Those of two lists, the newest first; of the same execution that of the first one. */
export function merged(some: ExecutionListItem[], more: ExecutionListItem[]): ExecutionListItem[] {
  const all = new Map([...more, ...some].map((it) => [it.executionArn, it]))
  return [...all.values()].sort((a, b) => b.startDate - a.startDate)
}

/** A time as a field for times has it: in the reader's zone, to the minute. */
export function local(seconds: number): string {
  const at = new Date(seconds * 1000)
  const two = (number: number) => String(number).padStart(2, '0')
  const date = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-')
  return `${date}T${two(at.getHours())}:${two(at.getMinutes())}`
}
