import { describe, expect, it } from 'vitest'
import { outlineOf, recorded } from './fixtures/outline'
import MAP_RETRIED from './fixtures/map-retried.jsonl?raw'
import { History } from './history'
import { isOver, isWithin, pathOf, strandsOf } from './spans'
import type { StateStatus } from './status'

const history = new History()
history.append(outlineOf(recorded(MAP_RETRIED)))
const { spans } = history
const map = spans.find((it) => it.type === 'Map')!
const wait = spans.find((it) => it.name === 'W')!

it.each<[StateStatus, boolean]>([
  ['running', false],
  ['retrying', false],
  ['succeeded', true],
  ['caught', true],
  ['failed', true],
  ['aborted', true],
  ['timedOut', true],
])('%s is over: %j', (status, over) => {
  expect(isOver(status)).toBe(over)
})

describe('a span', () => {
  it('is within itself and all that it is in, and in nothing beside it', () => {
    for (const it of [wait, ...pathOf(wait)]) expect(isWithin(wait, it)).toBe(true)
    expect(isWithin(map, wait)).toBe(false)
    const others = map.children.filter((it) => !pathOf(wait).includes(it))
    expect(others.length).toBeGreaterThan(0)
    for (const it of others) expect(isWithin(wait, it)).toBe(false)
  })

  it('has a path from the execution on', () => {
    expect(pathOf(wait).map((it) => `${it.kind} ${it.name}`.trim())).toEqual([
      'execution',
      'state Orders',
      'iteration Orders',
      'state Both',
      'branch Both',
    ])
    expect(pathOf(spans[0]!)).toEqual([])
  })

  it('has the strands of its last attempt, as of an event', () => {
    expect(strandsOf(map).map((it) => it.round)).toEqual([1, 1, 1, 1, 1, 1])
    expect(strandsOf(map, 13).map((it) => [it.index, it.round])).toEqual([
      [0, 0],
      [1, 0],
      [2, 0],
    ])
    expect(strandsOf(map, 3)).toEqual([])
    expect(strandsOf(wait)).toEqual([])
  })
})
