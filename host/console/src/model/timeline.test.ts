import { describe, expect, it } from 'vitest'
import { outlineOf, recorded } from './fixtures/outline'
import MAP_REDRIVEN from './fixtures/map-redriven.jsonl?raw'
import ORDER_RETRIED from './fixtures/order-retried.jsonl?raw'
import PARALLEL_RETRIED from './fixtures/parallel-retried.jsonl?raw'
import ORDER_REFUNDED from './fixtures/order-refunded.jsonl?raw'
import { History } from './history'
import { Standing } from './standing'
import type { HistoryEvent } from '../api/aws'
import { barsOf, foldable, merged, rowsOf, worst, type Bar } from './timeline'

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

describe('the rows of a loop', () => {
  /** `Check` and `Inc` in turns, so often; each visit takes 10 ms. */
  function loop(times: number) {
    const lines = ['ExecutionStarted ']
    for (let round = 0; round < times; round++)
      for (const [type, name] of [
        ['Choice', 'Check'],
        ['Pass', 'Inc'],
      ])
        lines.push(`${type}StateEntered ${name}`, `${type}StateExited ${name}`)
    const events = lines.map((line, at) => {
      const [type = '', name] = line.split(' ')
      const kind = type.endsWith('Entered') ? 'stateEnteredEventDetails' : 'stateExitedEventDetails'
      // What is entered first follows from none, as AWS has it.
      const previousEventId = at < 2 ? 0 : at
      return { id: at + 1, previousEventId, timestamp: at / 100, type, [kind]: { name } }
    })
    const history = new History()
    history.append(outlineOf(events as HistoryEvent[]))
    return { history, standing: new Standing(history).moveTo(history.last) }
  }
  const shown = (times: number, open: number[] = []) => {
    const { history, standing } = loop(times)
    return rowsOf(standing, history.execution!, new Set(open)).map((it) => {
      const { visits, visit, depth, span } = it
      const which = visits ? `×${visits.length}` : visit ? `${visit.number} of ${visit.of}` : ''
      return `${depth} ${span.name} ${which}`
    })
  }

  it('tell which visit they are of, where there are few', () => {
    const rows = ['0 Check 1 of 2', '0 Inc 1 of 2', '0 Check 2 of 2', '0 Inc 2 of 2']
    expect(shown(2)).toEqual(rows)
    expect(shown(1)).toEqual(['0 Check ', '0 Inc '])
    expect(shown(5)).toHaveLength(10)
  })

  it('are one for each state where there are many, and unfold', () => {
    expect(shown(6)).toEqual(['0 Check ×6', '0 Inc ×6'])
    const all = foldable(loop(6).history.spans)
    const unfolded = shown(6, [...all])
    expect(unfolded.slice(0, 3)).toEqual(['0 Check ×6', '1 Check 1 of 6', '1 Check 2 of 6'])
    expect(unfolded.slice(7, 9)).toEqual(['0 Inc ×6', '1 Inc 1 of 6'])
  })

  it('number the visits that had begun', () => {
    const { history, standing } = loop(6)
    standing.moveTo(6)
    const rows = rowsOf(standing, history.execution!, new Set())
    expect(rows.map((it) => [it.span.name, it.visit?.number, it.visit?.of])).toEqual([
      ['Check', 1, 2],
      ['Inc', undefined, undefined],
      ['Check', 2, 2],
    ])
    const [check] = rowsOf(standing.moveTo(history.last - 1), history.execution!, new Set())
    expect(worst(standing, check!.visits!)).toBe('succeeded')
    const [, inc] = rowsOf(standing, history.execution!, new Set())
    expect(worst(standing, inc!.visits!)).toBe('running')
  })

  it('have bars that can be told apart, of which the worst is seen', () => {
    const bar = (from: number, to: number, kind: Bar['kind']): Bar => ({
      from,
      to,
      kind,
      thin: false,
      title: kind,
    })
    const all = [bar(0, 10, 'succeeded'), bar(11, 20, 'failed'), bar(40, 50, 'succeeded')]
    expect(merged([bar(0, 50, 'line'), ...all], 1)).toEqual(all)
    expect(merged(all, 5)).toEqual([
      { ...bar(0, 20, 'failed'), title: 'failed … (2 in one place)' },
      all[2],
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
      ['line', 'Failed, 0 s'],
      ['failed', 'Attempt 1: Failed, 0 s, Payments.CardDeclined'],
      ['still', 'Stood still until it was redriven, 5 s'],
      ['failed', 'Attempt 2: Failed, 0 s, Payments.CardDeclined'],
    ])
  })
})
