import { describe, expect, it } from 'vitest'
import { compact } from '../ui/format'
import { NOTHING } from './figures'
import { limitNumber, nearness, shownLimits } from './limits'

describe('limitNumber', () => {
  it.each([
    ['500000000', 500_000_000],
    ['500_000_000', 500_000_000],
    ['10,000,000', 10_000_000],
    ['16MiB', 16 << 20],
    ['16 MiB', 16 << 20],
    ['1.5 KiB', 1536],
    ['30s', 30_000],
    ['5 min', 300_000],
    ['1m 30s', 90_000],
    ['250ms', 250],
  ])('reads %s', (text, number) => {
    expect(limitNumber(text)).toBe(number)
  })

  it.each(['', 'none', '16 parsecs', 'MiB', '3 s left over!'])('does not read %o', (text) => {
    expect(limitNumber(text)).toBeUndefined()
  })
})

describe('shownLimits', () => {
  const limits = [
    { name: 'fuel', value: '500000000' },
    { name: 'memory', value: '16MiB' },
    { name: 'time', value: '30s' },
    { name: 'host_calls', value: '10000000' },
    { name: 'novel', value: 'much' },
  ]

  it('say how much of them was used at most', () => {
    const figures = {
      ...NOTHING,
      calls: 1,
      fuelMax: 250_000_000,
      peakMemoryMax: 12 << 20,
      durationMax: 30_000,
    }
    const shown = shownLimits(limits, figures)
    expect(shown.map((it) => it.used)).toEqual([0.5, 0.75, 1, undefined, undefined])
    expect(shown.map((it) => it.title)).toEqual([
      'Fuel',
      'Memory',
      'Time',
      'Calls into the host',
      'novel',
    ])
  })

  it('are written as people write them', () => {
    const told = [
      { name: 'fuel', value: '10000000000' },
      { name: 'memory', value: '128.0 MiB' },
      { name: 'time', value: '300s' },
      { name: 'novel', value: 'much' },
    ]
    const shown = shownLimits(told)
    expect(shown.map((it) => it.value)).toEqual([
      compact(10_000_000_000),
      '128 MiB',
      '5 min',
      'much',
    ])
    expect(shown[0]!.exact).toBe('10000000000')
  })

  it('say nothing of use where nothing was called', () => {
    expect(shownLimits(limits, NOTHING)[0]!.used).toBeUndefined()
    expect(shownLimits(limits)[0]!.used).toBeUndefined()
  })

  it('are near from four fifths on', () => {
    expect([0.79, 0.8, 0.999, 1, 1.2].map(nearness)).toEqual(['FAR', 'NEAR', 'NEAR', 'AT', 'AT'])
  })
})
