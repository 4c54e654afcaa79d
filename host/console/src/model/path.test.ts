import { expect, test } from 'vitest'
import { segments } from './path'

test('a path is taken apart and decoded', () => {
  expect(segments('')).toEqual([])
  expect(segments('machines/arn%3Aaws%3A1/start/')).toEqual(['machines', 'arn:aws:1', 'start'])
  expect(segments('machines/100%25-broken')).toEqual(['machines', '100%-broken'])
})

test('one that is malformed leads nowhere', () => {
  expect(segments('machines/100%')).toEqual(['machines/100%'])
  expect(segments('machines/%FF')).toEqual(['machines/%FF'])
})
