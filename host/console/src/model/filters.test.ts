import { describe, expect, test } from 'vitest'
import type { ExecutionListItem } from '../api/aws'
import {
  belongs,
  local,
  matches,
  meaningless,
  merged,
  narrowed,
  parse,
  request,
  updated,
} from './filters'

const MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:m'

function execution(name: string, more: Partial<ExecutionListItem> = {}): ExecutionListItem {
  return {
    executionArn: `arn:aws:states:us-east-1:000000000000:execution:m:${name}`,
    stateMachineArn: MACHINE,
    name,
    status: 'RUNNING',
    startDate: 1000,
    ...more,
  }
}

const filters = (query: string) => parse(new URLSearchParams(query))

test('values that say nothing are told', () => {
  const names = (query: string) => meaningless(new URLSearchParams(query))
  expect(names('status=BOGUS&within=1y&from=noon&to=&size=7')).toEqual([
    'status',
    'within',
    'from',
    'to',
    'size',
  ])
  expect(names('status=FAILED,BOGUS&within=1h&from=2026-01-02T03:04:05Z&size=50')).toEqual([])
  expect(names('machine=foo&name=a&tab=executions')).toEqual([])
})

describe('parse', () => {
  test('nothing', () => {
    expect(filters('')).toEqual({ status: [], size: 50 })
  })

  test('everything', () => {
    expect(
      filters(
        `status=FAILED,RUNNING&machine=${MACHINE}&name=a&from=2026-01-02T03:04:05Z&to=2026-01-03T00:00:00Z&page=t&size=100`,
      ),
    ).toEqual({
      status: ['RUNNING', 'FAILED'],
      machine: MACHINE,
      name: 'a',
      from: Date.UTC(2026, 0, 2, 3, 4, 5) / 1000,
      to: Date.UTC(2026, 0, 3) / 1000,
      page: 't',
      size: 100,
    })
  })

  test('a version of the machine that is named, or that is given', () => {
    const wanted = { status: [], size: 50, machine: MACHINE, version: '3' }
    expect(filters(`machine=${MACHINE}&version=3`)).toEqual(wanted)
    expect(parse(new URLSearchParams('machine=other&version=3'), MACHINE)).toEqual(wanted)
  })

  test('leaves out what it does not know', () => {
    expect(filters('status=NO&within=3y&from=soon&size=7')).toEqual({ status: [], size: 50 })
    expect(filters('within=toString')).toEqual({ status: [], size: 50 })
    // Versions are of a machine.
    expect(filters('version=3')).toEqual({ status: [], size: 50 })
  })
})

describe('request', () => {
  test('asks for no more than is wanted', () => {
    expect(request(filters(''), 0)).toEqual({ maxResults: 50 })
  })

  test('asks for those of a version or an alias', () => {
    expect(request(filters(`machine=${MACHINE}&version=prod`), 0)).toEqual({
      stateMachineArn: `${MACHINE}:prod`,
      maxResults: 50,
    })
  })

  test('counts back from now', () => {
    expect(request(filters('within=1h&from=2026-01-01T00:00:00Z&name=a'), 7_200_500)).toEqual({
      startedAfter: 3600,
      namePrefix: 'a',
      maxResults: 50,
    })
  })
})

test('matches what is listed', () => {
  expect(matches(filters(''), execution('a'), 1_000_000)).toBe(true)
  expect(matches(filters('status=FAILED'), execution('a'), 1_000_000)).toBe(false)
  expect(matches(filters('machine=other'), execution('a'), 1_000_000)).toBe(false)
  expect(matches(filters('name=b'), execution('a'), 1_000_000)).toBe(false)
  expect(matches(filters('to=1970-01-01T00:16:40Z'), execution('a'), 1_000_000)).toBe(false)
  expect(matches(filters('from=1970-01-01T00:16:40Z'), execution('a'), 1_000_000)).toBe(true)
  expect(matches(filters('within=1h'), execution('a'), 1_000_000)).toBe(true)
  expect(matches(filters(''), execution('a', { mapRunArn: 'arn' }), 1_000_000)).toBe(false)
  expect(matches(filters('mapRun=arn'), execution('a', { mapRunArn: 'arn' }), 1_000_000)).toBe(true)
})

test('those of a version or an alias match, by which one they were started', () => {
  const by = {
    stateMachineVersionArn: `${MACHINE}:3`,
    stateMachineAliasArn: `${MACHINE}:prod`,
  }
  const fits = (version: string, more: Partial<ExecutionListItem>) =>
    matches(filters(`machine=${MACHINE}&version=${version}`), execution('a', more), 1_000_000)
  expect(fits('3', by)).toBe(true)
  expect(fits('prod', by)).toBe(true)
  expect(fits('4', by)).toBe(false)
  expect(fits('3', {})).toBe(false)
})

test('of times until now those that were started in them match, whenever they were redriven', () => {
  const redriven = execution('a', { redriveCount: 1, redriveDate: 2_000_000 })
  expect(matches(filters('within=15m'), redriven, 1_900_000)).toBe(true)
  expect(matches(filters('within=15m'), redriven, 1_900_001)).toBe(false)
})

test('what was started before the last of a page that others follow is not on it', () => {
  const rows = [execution('b', { startDate: 5 }), execution('a', { startDate: 3 })]
  expect(belongs(execution('new', { startDate: 6 }), rows, true)).toBe(true)
  expect(belongs(execution('same', { startDate: 3 }), rows, true)).toBe(true)
  expect(belongs(execution('old', { startDate: 2 }), rows, true)).toBe(false)
  expect(belongs(execution('old', { startDate: 2 }), rows, false)).toBe(true)
  expect(belongs(execution('old', { startDate: 2 }), [], true)).toBe(true)
})

test('tells whether counts still hold', () => {
  expect(narrowed(filters('status=FAILED&machine=m'))).toBe(false)
  expect(narrowed(filters('name=a'))).toBe(true)
  expect(narrowed(filters('machine=m&version=3'))).toBe(true)
  expect(narrowed(filters('to=1970-01-01T00:00:00Z'))).toBe(true)
})

test('news change what is listed in place', () => {
  const [a, b, c] = [execution('a'), execution('b'), execution('c')]
  const ended = { ...b, status: 'SUCCEEDED' as const }
  expect(updated([a, b], [c, b, ended])).toEqual({ listed: [a, ended], others: [c] })
})

test('two lists become one, the newest first', () => {
  const [a, b] = [execution('a', { startDate: 1 }), execution('b', { startDate: 2 })]
  const ended = { ...a, status: 'FAILED' as const }
  expect(merged([ended], [b, a])).toEqual([b, ended])
})

test('a time is written for its field', () => {
  const seconds = new Date(2026, 0, 2, 3, 4, 5).getTime() / 1000
  expect(local(seconds)).toBe('2026-01-02T03:04')
})
