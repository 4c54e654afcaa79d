import { describe, expect, it } from 'vitest'
import { outlineOf, recorded } from './fixtures/outline'
import ORDER_REFUNDED from './fixtures/order-refunded.jsonl?raw'
import { History } from './history'
import { Standing } from './standing'
import { rowsOf, tick, ticks } from './timeline'

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

describe('the scale', () => {
  it.each([
    [14, 5, [0, 5, 10]],
    [7000, 6, [0, 2000, 4000, 6000]],
    [0, 5, [0]],
    [3 * 86_400_000, 2, [0, 2 * 86_400_000]],
    [400 * 86_400_000, 4, [0, 100, 200, 300, 400].map((day) => day * 86_400_000)],
  ])('of %d ms has round ticks', (length, wanted, at) => {
    expect(ticks(length, wanted)).toEqual(at)
  })

  it.each([
    [0, '0'],
    [500, '500 ms'],
    [2500, '2.5 s'],
    [90_000, '1.5 min'],
    [5_400_000, '1.5 h'],
    [172_800_000, '2 d'],
  ])('%d ms is %s', (milliseconds, text) => {
    expect(tick(milliseconds)).toBe(text)
  })
})
