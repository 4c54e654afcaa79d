import { expect, it } from 'vitest'
import { rowsInView, tabStop, windowAround } from './rows'

it.each([
  ['at the beginning', 1000, 0, 300, { from: 0, to: 22 }],
  ['in the middle', 1000, 6000, 300, { from: 188, to: 222 }],
  ['at the end', 1000, 29_700, 300, { from: 978, to: 1000 }],
  ['that are fewer than fit', 3, 0, 300, { from: 0, to: 3 }],
  ['that became fewer while it was scrolled', 10, 29_700, 300, { from: 9, to: 10 }],
  ['of which there are none', 0, 0, 300, { from: 0, to: 0 }],
])('rows %s', (_, count, scrolled, room, rows) => {
  expect(rowsInView(count, 30, scrolled, room)).toEqual(rows)
})

it.each([
  [0, 4000, { from: 0, to: 200 }],
  [2000, 4000, { from: 1900, to: 2100 }],
  [3999, 4000, { from: 3800, to: 4000 }],
  [5, 7, { from: 0, to: 7 }],
])('the window around %d of %d', (index, count, window) => {
  expect(windowAround(index, count, 200)).toEqual(window)
})

it('has the Tab key reach the current row, or the first in view where that is not there', () => {
  const height = 20
  const stop = (current: number, scrolled: number, count = 1000) =>
    tabStop(current, rowsInView(count, height, scrolled, 200), height, scrolled)
  expect(stop(0, 0)).toBe(0)
  expect(stop(7, 0)).toBe(7)
  expect(stop(0, 5_000)).toBe(250)
  expect(stop(0, 5_001)).toBe(251)
  expect(stop(255, 5_000)).toBe(255)
  expect(stop(999, 0)).toBe(0)
  // Fewer rows than there were.
  expect(stop(400, 5_000, 3)).toBe(2)
  expect(stop(400, 0, 3)).toBe(0)
})
