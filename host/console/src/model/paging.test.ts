import { expect, test } from 'vitest'
import { around, FIRST, followed, kept, recalled, shown } from './paging'

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
  expect(followed(pages, 'b', undefined).tokens).toEqual([undefined, 'b'])
})

test('a link into the middle has no number and no page before', () => {
  const pages = shown(FIRST, 'm')
  expect(around(pages, 'm')).toMatchObject({ number: undefined, hasPrevious: false })
  expect(shown(pages, undefined)).toEqual(FIRST)
})

test('the way back outlives a reload, and is not taken for that of another list', () => {
  const pages = { tokens: [undefined, 'b', 'c'], known: true }
  const text = kept('failed ones', pages)
  expect(recalled('failed ones', text)).toEqual(pages)
  expect(recalled('all', text)).toBeUndefined()
  expect(recalled('all', null)).toBeUndefined()
  expect(recalled('all', 'no JSON')).toBeUndefined()
  expect(recalled('all', '{"list":"all","tokens":1}')).toBeUndefined()
})
