import { describe, expect, it } from 'vitest'
import type { Figures } from '../api/own'
import {
  change,
  endsOf,
  errorRate,
  NOTHING,
  percent,
  rangeOf,
  RANGES,
  returned,
  spanOf,
  steps,
} from './figures'

function figures(some: Partial<Figures>): Figures {
  return { ...NOTHING, ...some }
}

describe('ranges', () => {
  it('are a day where the address says nothing sensible', () => {
    expect(rangeOf('7d').seconds).toBe(7 * 86_400)
    expect(rangeOf('year').id).toBe('24h')
    expect(rangeOf(null).id).toBe('24h')
  })

  it.each(RANGES)('$id has whole steps, which end after now', (range) => {
    const now = 1_790_000_123
    const { startTime, endTime } = spanOf(range, now)
    expect(endTime - startTime).toBe(range.seconds)
    expect(range.seconds % range.step).toBe(0)
    expect(range.step % 300).toBe(0)
    expect(startTime % range.step).toBe(0)
    expect(endTime).toBeGreaterThan(now)
    expect(endTime - now).toBeLessThanOrEqual(range.step)
  })
})

describe('steps', () => {
  it('are there where nothing happened', () => {
    const series = [
      { time: 600, figures: figures({ calls: 3, durationP99: 50 }) },
      { time: 1800, figures: figures({ calls: 4 }) },
    ]
    const all = steps(series, { startTime: 600, endTime: 2400 }, 600)
    expect(all.map((it) => [it.time, it.figures.calls, it.figures.durationP99])).toEqual([
      [600, 3, 50],
      [1200, 0, undefined],
      [1800, 4, undefined],
    ])
  })
})

describe('rates', () => {
  it('are nothing of nothing', () => {
    expect(errorRate(NOTHING)).toBe(0)
    expect(endsOf(NOTHING)).toEqual({ all: 0, bad: 0 })
    expect(errorRate(figures({ calls: 8, errors: 2 }))).toBe(0.25)
  })

  it('count neither errors nor what was given up as returned', () => {
    expect(returned(figures({ calls: 8, errors: 2, cancelled: 1 }))).toBe(5)
  })

  it('count all ends that did not succeed, and not what still runs', () => {
    const executions = { started: 9, succeeded: 3, failed: 1, timedOut: 1, aborted: 1 }
    expect(endsOf(figures({ executions }))).toEqual({ all: 6, bad: 3 })
  })
})

describe('texts', () => {
  it('say how something changed', () => {
    expect(change(112, 100)).toBe('+12 %')
    expect(change(90, 100)).toBe('−10 %')
    expect(change(100, 100)).toBe('±0 %')
    expect(change(500, 10)).toBe('×50')
    expect(change(5, 0)).toBeUndefined()
  })

  it('never round a little to nothing, nor nearly all to all', () => {
    expect(percent(0)).toBe('0 %')
    expect(percent(0.0001)).toBe('< 0.1 %')
    expect(percent(0.004)).toBe('0.4 %')
    expect(percent(0.12)).toBe('12 %')
    expect(percent(0.9996)).toBe('> 99.9 %')
    expect(percent(0.99)).toBe('99 %')
    expect(percent(1)).toBe('100 %')
  })
})
