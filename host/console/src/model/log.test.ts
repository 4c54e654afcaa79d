import { expect, it } from 'vitest'
import { isDocument, isTrace, linesOf, pretty } from './log'

it('lines have their level, or that of what they go on with', () => {
  expect(linesOf('plain\nINFO charge: ok\n  more\n[ERROR] no\nINFORMATION\n')).toEqual([
    { level: undefined, text: 'plain' },
    { level: 'INFO', text: 'INFO charge: ok' },
    { level: 'INFO', text: '  more' },
    { level: 'ERROR', text: '[ERROR] no' },
    { level: 'ERROR', text: 'INFORMATION' },
  ])
})

it.each([
  [
    '{"a":[1,2.50,{}],"b":"x, {y} \\" z","c":[]}',
    `{
  "a": [
    1,
    2.50,
    {}
  ],
  "b": "x, {y} \\" z",
  "c": []
}`,
  ],
  ['12345678901234567890', '12345678901234567890'],
  ['{"a": { } }', '{\n  "a": {}\n}'],
  ['not {json', 'not {json'],
])('%s is laid out', (text, laidOut) => {
  expect(pretty(text)).toBe(laidOut)
})

it('documents and traces are told from words', () => {
  expect(isDocument('{"a":1}')).toBe(true)
  expect(isDocument('{a')).toBe(false)
  expect(isDocument('"a"')).toBe(false)
  expect(isTrace('error while executing\nwasm backtrace:\n    0: 0x1a - a!b')).toBe(true)
  expect(isTrace('the card was declined')).toBe(false)
})
