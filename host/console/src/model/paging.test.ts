import { expect, test } from 'vitest'
import { around, FIRST, followed, shown } from './paging'

test('goes to the next page and back', () => {
  let pages = followed(shown(FIRST, undefined), undefined, 'b')
  expect(around(pages, undefined)).toEqual({
    number: 1,
    hasPrevious: false,
    previous: undefined,
    next: 'b',
  })
  pages = followed(shown(pages, 'b'), 'b', 'c')
  expect(around(pages, 'b')).toEqual({
    number: 2,
    hasPrevious: true,
    previous: undefined,
    next: 'c',
  })
  pages = followed(shown(pages, 'c'), 'c', undefined)
  expect(around(pages, 'c')).toEqual({
    number: 3,
    hasPrevious: true,
    previous: 'b',
    next: undefined,
  })
})

test('forgets what came after where it has changed', () => {
  const pages = { tokens: [undefined, 'b', 'c'], known: true }
  expect(followed(pages, undefined, 'x').tokens).toEqual([undefined, 'x'])
  expect(followed(pages, undefined, 'b')).toBe(pages)
})

test('a link into the middle has no number and no page before', () => {
  const pages = shown(FIRST, 'm')
  expect(around(pages, 'm')).toMatchObject({ number: undefined, hasPrevious: false })
  expect(shown(pages, undefined)).toEqual(FIRST)
})
