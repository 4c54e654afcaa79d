import { describe, expect, it } from 'vitest'
import type { Figures, StatisticsKey } from '../api/own'
import { columns, isFound, shareText, sorted, sortingOf, sortingText } from './figure-columns'
import { NOTHING } from './figures'

function row(key: StatisticsKey, some: Partial<Figures> = {}) {
  return { key, figures: { ...NOTHING, ...some } }
}

describe('sorted', () => {
  const rows = [
    row({ state: 'B' }, { calls: 3, durationP99: 5 }),
    row({ state: 'C' }, { calls: 9 }),
    row({ state: 'A' }, { calls: 3, durationP99: 50 }),
  ]
  const states = (column: string, descending: boolean) =>
    sorted(rows, 'STATE', { column, descending }).map((it) => it.key.state)

  it('goes by a column, and by name where that is equal', () => {
    expect(states('calls', true)).toEqual(['C', 'A', 'B'])
    expect(states('calls', false)).toEqual(['A', 'B', 'C'])
    expect(states('name', true)).toEqual(['C', 'B', 'A'])
  })

  it('puts last what has no value, whichever way', () => {
    expect(states('p99', true)).toEqual(['A', 'B', 'C'])
    expect(states('p99', false)).toEqual(['B', 'A', 'C'])
  })

  it('goes by name where there is no such column', () => {
    expect(states('nonsense', false)).toEqual(['A', 'B', 'C'])
  })
})

describe('sorting', () => {
  it('is written into the address and read from it', () => {
    const fallback = { column: 'fuel', descending: true }
    expect(sortingOf(null, fallback)).toBe(fallback)
    expect(sortingOf('-calls', fallback)).toEqual({ column: 'calls', descending: true })
    expect(sortingText(sortingOf('errors', fallback))).toBe('errors')
  })
})

describe('columns', () => {
  it('have executions of machines and tenants only', () => {
    expect(columns('STATE_MACHINE').map((it) => it.id)).toContain('failures')
    expect(columns('STATE').map((it) => it.id)).not.toContain('failures')
  })

  it('do not say of calls that took no whole millisecond that they took no time', () => {
    const p50 = columns('STATE').find((it) => it.id === 'p50')!
    expect([0, 0.5, 3, 40].map(p50.text)).toEqual(['< 1 ms', '0.5 ms', '3 ms', '40 ms'])
  })

  it('say beside a number what part of the whole it is', () => {
    const errors = columns('STATE').find((it) => it.id === 'errors')!
    expect(shareText(errors, { ...NOTHING, calls: 8, errors: 2 })).toBe('25 %')
    expect(shareText(errors, { ...NOTHING, calls: 8 })).toBe('')
    const calls = columns('STATE').find((it) => it.id === 'calls')!
    expect(shareText(calls, { ...NOTHING, calls: 8 })).toBe('')
  })

  it('tell ends from executions, of which a redriven one has several', () => {
    const failures = columns('STATE_MACHINE').find((it) => it.id === 'failures')!
    const executions = { started: 3, succeeded: 1, failed: 2, timedOut: 1, aborted: 0 }
    const some = { ...NOTHING, executions }
    expect(failures.value(some)).toBe(3)
    expect(shareText(failures, some)).toBe('75 %')
    expect(failures.exact!(some)).toBe('3 of 4 ends')
    expect(shareText(failures, NOTHING)).toBe('')
  })

  it('say of calls how many were cancelled, if any were', () => {
    const calls = columns('STATE').find((it) => it.id === 'calls')!
    expect(calls.exact!({ ...NOTHING, calls: 8, cancelled: 2 })).toBe(
      '8, of which 2 were cancelled',
    )
    expect(calls.exact!({ ...NOTHING, calls: 8 })).toBeUndefined()
  })
})

describe('isFound', () => {
  it('looks at all that a row is of', () => {
    const some = row({ state: 'ChargeCard', stateMachineArn: 'arn:x:orders', plugin: 'payments' })
    expect(isFound(some, 'STATE', 'charge')).toBe(true)
    expect(isFound(some, 'STATE', ' ORDERS ')).toBe(true)
    expect(isFound(some, 'STATE', 'pay')).toBe(true)
    expect(isFound(some, 'STATE', 'refund')).toBe(false)
    expect(isFound(some, 'STATE', 'acme', 'Acme')).toBe(true)
  })
})
