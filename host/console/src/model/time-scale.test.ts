import { describe, expect, it } from 'vitest'
import { outlineOf, recorded } from './fixtures/outline'
import MAP_REDRIVEN from './fixtures/map-redriven.jsonl?raw'
import { History } from './history'
import { cutsOf, scaleOf, tick, ticks } from './time-scale'

describe('what is cut out', () => {
  const history = new History()
  history.append(outlineOf(recorded(MAP_REDRIVEN)))
  const [redrive] = history.redrives
  const gap = { from: history.time[redrive! - 2]!, to: history.time[redrive! - 1]! }

  it('is the time until a redrive, where it is long beside what went on', () => {
    const all = { from: 0, to: history.time.at(-1)! }
    expect(cutsOf(history, history.last, all)).toEqual([gap])
    expect(cutsOf(history, redrive! - 1, all)).toEqual([])
    const later = gap.to + (gap.to - gap.from) * 6
    expect(cutsOf(history, history.last, { from: 0, to: later })).toEqual([])
  })

  it('is nothing where it is not in the stretch', () => {
    expect(cutsOf(history, history.last, { from: gap.to, to: gap.to + 10 })).toEqual([])
  })
})

describe('a scale with a cut', () => {
  const day = 86_400_000
  // Ten seconds of work, three days of nothing, ten more seconds.
  const to = 3 * day + 20_000
  const cut = { from: 10_000, to: 3 * day + 10_000 }
  const { place, ticks } = scaleOf({ from: 0, to }, [cut], 240, 40)

  it('gives what went on the room, and what is cut out a gap', () => {
    expect([0, 5000, 10_000, cut.to, cut.to + 5000, to].map(place).map(Math.round)).toEqual([
      0, 50, 100, 140, 190, 240,
    ])
    expect(Math.round(place((cut.from + cut.to) / 2))).toBe(120)
  })

  it('counts anew behind the cut', () => {
    expect(ticks(50).map((it) => [Math.round(it.at), it.text, it.cut])).toEqual([
      [0, '0', undefined],
      [50, '5 s', undefined],
      [100, '10 s', undefined],
      [140, '', 3 * day],
      [190, '+5 s', undefined],
      [240, '+10 s', undefined],
    ])
  })

  it('is even without one', () => {
    const even = scaleOf({ from: 1000, to: 3000 }, [], 200, 40)
    expect([1000, 2000, 3000].map(even.place)).toEqual([0, 100, 200])
    expect(even.ticks(100).map((it) => it.text)).toEqual(['0', '1 s', '2 s'])
  })
})

describe('a scale', () => {
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
