import { describe, expect, it } from 'vitest'
import { areaPath, linear, linePath, ticks, timeTicks } from './scale'

describe('linear', () => {
  it('maps the ends to the ends', () => {
    const scale = linear([0, 10], [100, 0])
    expect([scale(0), scale(5), scale(10)]).toEqual([100, 50, 0])
  })

  it('puts all in one place where the domain is a point', () => {
    expect(linear([3, 3], [0, 50])(3)).toBe(0)
  })
})

describe('ticks', () => {
  it('are round and reach past the greatest value', () => {
    expect(ticks(93, 4)).toEqual([0, 25, 50, 75, 100])
    expect(ticks(100, 4)).toEqual([0, 25, 50, 75, 100])
    expect(ticks(7, 4)).toEqual([0, 2, 4, 6, 8])
    expect(ticks(1_200_000, 3)).toEqual([0, 500_000, 1_000_000, 1_500_000])
  })

  it('have no digits that come from binary fractions', () => {
    expect(ticks(0.3, 3)).toEqual([0, 0.1, 0.2, 0.3])
  })

  it('are whole where halves mean nothing', () => {
    expect(ticks(3, 10, 10, true)).toEqual([0, 1, 2, 3])
    expect(ticks(9, 4, 10, true)).toEqual([0, 5, 10])
    expect(ticks(9, 4)).toEqual([0, 2.5, 5, 7.5, 10])
  })

  it('are powers of two of bytes', () => {
    const MiB = 1 << 20
    expect(ticks(13 * MiB, 4, 1024)).toEqual([0, 4 * MiB, 8 * MiB, 12 * MiB, 16 * MiB])
  })

  it('exist where nothing happened', () => {
    expect(ticks(0, 4)).toEqual([0, 1])
    expect(ticks(Number.NaN, 4)).toEqual([0, 1])
  })
})

describe('timeTicks', () => {
  const utc = () => 0

  it('are round within the span', () => {
    const { times, step } = timeTicks(3600 * 10 + 120, 3600 * 11 + 120, 7, utc)
    expect(step).toBe(600)
    expect(times).toEqual([36_600, 37_200, 37_800, 38_400, 39_000, 39_600])
  })

  it('are round on the clock of the reader', () => {
    // Half past five ahead of UTC: six o'clock there is half past midnight of UTC.
    const { times, step } = timeTicks(0, 24 * 3600, 4, () => 5.5 * 3600)
    expect(step).toBe(6 * 3600)
    expect(times).toEqual([1800, 1800 + 6 * 3600, 1800 + 12 * 3600, 1800 + 18 * 3600])
  })

  it('stay round when the clock is put forward', () => {
    const summer = 12 * 3600
    const { times } = timeTicks(0, 24 * 3600, 4, (time) => (time >= summer ? 3600 : 0))
    expect(times).toEqual([0, 6 * 3600, 11 * 3600, 17 * 3600, 23 * 3600])
  })

  it('are not more than asked for, however long the span', () => {
    expect(timeTicks(0, 400 * 86_400, 5, utc).times.length).toBeLessThanOrEqual(6)
  })
})

describe('paths', () => {
  it('break where there is no value', () => {
    const points = [
      [0, 1],
      [1, 2],
      [2, undefined],
      [3, 4],
    ] as const
    expect(linePath(points)).toBe('M0 1L1 2M3 4')
    expect(areaPath(points, 9)).toBe('M0 9L0 1L1 2L1 9ZM3 9L3 4L3 9Z')
  })
})
