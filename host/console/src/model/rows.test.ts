import { expect, it } from 'vitest'
import { rowsInView } from './rows'

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
