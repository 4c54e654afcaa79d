import { describe, expect, it } from 'vitest'
import { outlineOf, recorded } from './fixtures/outline'
import MAP_REDRIVEN from './fixtures/map-redriven.jsonl?raw'
import ORDER_RETRIED from './fixtures/order-retried.jsonl?raw'
import PARALLEL_RETRIED from './fixtures/parallel-retried.jsonl?raw'
import ORDER_REFUNDED from './fixtures/order-refunded.jsonl?raw'
import { History } from './history'
import { Standing } from './standing'
import { barsOf, rowsOf } from './timeline'

describe('the rows of a timeline', () => {
  const history = new History()
  history.append(outlineOf(recorded(ORDER_REFUNDED)))
  const { execution, spans } = history
  const names = (event: number, open: string[]) => {
    const ids = spans.filter((it) => open.includes(it.name)).map((it) => it.id)
    const rows = rowsOf(new Standing(history).moveTo(event), execution!, new Set(ids))
    return rows.map(({ span, depth, group, open: unfolded }) =>
      [depth, span.name, span.kind, group ? (unfolded ? 'open' : 'folded') : ''].join(' ').trim(),
    )
  }

  it('leave out what is folded', () => {
    expect(names(51, []).slice(0, 4)).toEqual([
      '0 NeedsPayment state',
      '0 ChargeCard state',
      '0 Fulfil state folded',
      '0 RevokeCredentials state',
    ])
  })

  it('have what is unfolded within its group', () => {
    expect(names(51, ['Fulfil']).slice(2, 6)).toEqual([
      '0 Fulfil state open',
      '1 Fulfil branch open',
      '2 SendConfirmation state',
      '1 Fulfil branch open',
    ])
  })

  it('have nothing that had not begun', () => {
    expect(names(9, ['Fulfil'])).toEqual([
      '0 NeedsPayment state',
      '0 ChargeCard state',
      '0 Fulfil state',
    ])
  })
})

describe('the bars', () => {
  const words = { duration: (milliseconds: number) => `${Math.round(milliseconds / 1000)} s` }
  const bars = (lines: string, name: string, event?: number, which = 0) => {
    const history = new History()
    history.append(outlineOf(recorded(lines)))
    const standing = new Standing(history).moveTo(event ?? history.last)
    const span = history.spans.filter((it) => it.name === name && it.kind === 'state')[which]!
    const now = history.time[standing.event - 1]! + 2000
    return barsOf(standing, span, now, words).map((it) => [it.kind, it.title])
  }

  it('of a Task are its attempts, and its back-off between them', () => {
    const [whole, ...others] = bars(ORDER_RETRIED, 'ChargeCard')
    expect(whole?.[0]).toBe('line')
    expect(others.map((it) => it[0])).toEqual(['failed', 'waits', 'succeeded'])
    expect(others[0]?.[1]).toBe('Attempt 1: Failed, 0 s, Payments.ProcessorUnavailable')
    expect(others[1]?.[1]).toBe('Back-off, 1 s')
  })

  it('of a Task that waits to be tried again go on up to now', () => {
    expect(bars(ORDER_RETRIED, 'ChargeCard', 7).at(-1)).toEqual(['waits', 'Back-off, 2 s'])
  })

  it('of a Parallel that was tried again are its attempts, and its back-off', () => {
    expect(bars(PARALLEL_RETRIED, 'P1').map((it) => it[1])).toEqual([
      'Caught error, 6 s',
      'Attempt 1: Failed, 1 s',
      'Back-off, 4 s',
      'Attempt 2: Failed, 1 s',
    ])
    expect(bars(PARALLEL_RETRIED, 'BF')).toEqual([['failed', 'Failed, 0 s']])
    expect(bars(PARALLEL_RETRIED, 'BT')).toEqual([['waits', 'Waits: Succeeded, 1 s']])
  })

  it('of a Task that stood still until it was redriven do not call that a back-off', () => {
    expect(bars(MAP_REDRIVEN, 'Charge', undefined, 1)).toEqual([
      ['line', 'Failed, 5 s'],
      ['failed', 'Attempt 1: Failed, 0 s, Payments.CardDeclined'],
      ['still', 'Stood still until it was redriven, 5 s'],
      ['failed', 'Attempt 2: Failed, 0 s, Payments.CardDeclined'],
    ])
  })
})
