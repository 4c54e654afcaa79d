import { expect, test } from 'vitest'
import { entered, typing } from './typed'

test('JSON is taken as it is typed, and stays as it was written', () => {
  const { change, ...typed } = entered('{ "a": 1 }', {}, true)
  expect(change).toEqual({ value: { a: 1 } })
  expect(typing(typed, { a: 1 })?.text).toBe('{ "a": 1 }')
})

test('what is no JSON changes nothing, says why, and stays until there is another value', () => {
  const { change, ...typed } = entered('{"a": 1', { a: 0 }, true)
  expect(change).toBeUndefined()
  expect(typed.fault).toBeTruthy()
  expect(typing(typed, { a: 0 })).toEqual(typed)
  expect(typing(typed, { a: 2 })).toBeUndefined()
})

test('nothing leaves a value out, where it may be left out', () => {
  const { change, ...typed } = entered(' ', { a: 0 }, false)
  expect(change).toEqual({ value: undefined })
  expect(typing(typed, undefined)?.text).toBe(' ')
  expect(entered('', 1, true)).toEqual({ text: '', of: '1', fault: 'A value is required.' })
})
