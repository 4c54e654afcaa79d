import { describe, expect, it } from 'vitest'
import type { Figures } from '../api/own'
import {
  change,
  endsOf,
  errorRate,
  percent,
  rangeOf,
  RANGES,
  spanOf,
  steps,
  together,
} from './figures'
import { NOTHING } from './fixtures/figures'

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

describe('together', () => {
  it('adds what adds up, and takes the most of what does not', () => {
    const whole = together([
      figures({ calls: 3, errors: 1, fuel: 10, fuelMax: 7, peakMemoryMax: 5, durationMax: 4 }),
      figures({ calls: 2, retries: 1, fuel: 20, fuelMax: 12, peakMemoryMax: 3, durationMax: 9 }),
    ])
    expect(whole).toMatchObject({ calls: 5, errors: 1, retries: 1, fuel: 30 })
    expect(whole).toMatchObject({ fuelMax: 12, peakMemoryMax: 5, durationMax: 9 })
  })

  it('adds errors by their names, the most frequent first', () => {
    const whole = together([
      figures({ errorNames: [{ name: 'A', count: 1 }] }),
      figures({
        errorNames: [
          { name: 'B', count: 2 },
          { name: 'A', count: 4 },
        ],
      }),
    ])
    expect(whole.errorNames).toEqual([
      { name: 'A', count: 5 },
      { name: 'B', count: 2 },
    ])
  })

  it('makes up no percentile of several, and keeps that of the only one', () => {
    const one = figures({ calls: 4, durationP50: 10, durationP99: 90 })
    expect(together([one, figures({})]).durationP99).toBe(90)
    expect(together([one, one]).durationP99).toBeUndefined()
  })

  it('adds executions where there are any', () => {
    const executions = { started: 2, succeeded: 1, failed: 1, timedOut: 0, aborted: 0 }
    expect(together([figures({ executions }), figures({ executions })]).executions).toEqual({
      started: 4,
      succeeded: 2,
      failed: 2,
      timedOut: 0,
      aborted: 0,
    })
    expect(together([figures({})]).executions).toBeUndefined()
  })
})

describe('steps', () => {
  it('fold periods, and are there where nothing happened', () => {
    const series = [
      { time: 0, figures: figures({ calls: 1 }) },
      { time: 300, figures: figures({ calls: 2 }) },
      { time: 1200, figures: figures({ calls: 4 }) },
    ]
    const folded = steps(series, { startTime: 0, endTime: 1800 }, 600)
    expect(folded.map((it) => [it.time, it.figures.calls])).toEqual([
      [0, 3],
      [600, 0],
      [1200, 4],
    ])
  })
})

describe('worstP99', () => {
  it('is that of the worst period of a step, and left out where nothing was called', () => {
    const series = [
      { time: 0, figures: figures({ calls: 1, durationP99: 5 }) },
      { time: 300, figures: figures({ calls: 1, durationP99: 50 }) },
    ]
    const folded = steps(series, { startTime: 0, endTime: 1200 }, 600)
    expect(folded.map((it) => it.worstP99)).toEqual([50, undefined])
  })
})

describe('rates', () => {
  it('are nothing of nothing', () => {
    expect(errorRate(NOTHING)).toBe(0)
    expect(endsOf(NOTHING)).toEqual({ all: 0, bad: 0 })
    expect(errorRate(figures({ calls: 8, errors: 2 }))).toBe(0.25)
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
