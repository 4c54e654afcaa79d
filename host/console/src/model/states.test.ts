import { expect, test } from 'vitest'
import { places } from './json'
import { placeOf, stateOf, troubled } from './states'

test('a pointer leads into a state', () => {
  expect(stateOf('')).toBeUndefined()
  expect(stateOf('/StartAt')).toBeUndefined()
  expect(stateOf('/States')).toBeUndefined()
  expect(stateOf('/States/A/Next')).toBe('A')
  expect(stateOf('/States/A/Branches/0/States/B~1C/Retry/0')).toBe('B/C')
  expect(stateOf('/States/A/Branches/0')).toBe('A')
  expect(stateOf('/States/A/ItemProcessor/States/B/Iterator/States/C')).toBe('C')
  expect(stateOf('/States/A/Result/States/B')).toBe('A')
})

test('a state has a place', () => {
  const definition = {
    States: {
      A: { Result: { States: { B: 1 } }, Next: 'M' },
      M: { ItemProcessor: { States: { B: { Type: 'Pass' } } } },
    },
  }
  const text = JSON.stringify(definition)
  const place = placeOf(places(text), 'B')!
  expect(text.slice(place.from, place.to)).toBe('{"Type":"Pass"}')
  expect(placeOf(places(text), 'A')!.from).toBe(text.indexOf('{"Result"'))
  expect(placeOf(places(text), 'None')).toBeUndefined()
})

test('problems are told by their states', () => {
  const problems = [
    { severity: 'WARNING', message: 'one', at: 'A' },
    { severity: 'ERROR', message: 'two', at: 'A' },
    { severity: 'WARNING', message: 'three', at: 'B' },
    { severity: 'ERROR', message: 'of the whole', at: undefined },
  ]
  expect(troubled(problems, (it) => it.at)).toEqual(
    new Map([
      ['A', { isError: true, messages: ['one', 'two'] }],
      ['B', { isError: false, messages: ['three'] }],
    ]),
  )
})
