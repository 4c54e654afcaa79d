import { expect, it } from 'vitest'
import { shown } from './text'
import { hidden, seen, visible } from './visible'

it.each([
  ['an override of direction', 'safe\u202egpj.exe', 'safe\\u202egpj.exe'],
  ['isolates', '\u2066a\u2069', '\\u2066a\\u2069'],
  ['marks of direction', '\u200ea\u200f', '\\u200ea\\u200f'],
  ['what has no width', 'a\u200bb\u200dc\ufeff', 'a\\u200bb\\u200dc\\ufeff'],
  ['controls', '\u0000\u001b[31m\u007f\u0085\u009f', '\\u0000\\u001b[31m\\u007f\\u0085\\u009f'],
  ['line separators', 'a\u2028b', 'a\\u2028b'],
  ['tags', 'a\u{e0041}b', 'a\\udb40\\udc41b'],
  ['selectors of variants', 'a\ufe00b\ufe0fc\u{e0100}', 'a\\ufe00b\\ufe0fc\\udb40\\udd00'],
  ['selectors where there is no symbol', 'か\ufe0f\u2060\ufe0f', 'か\\ufe0f\\u2060\\ufe0f'],
  ['fillers', 'a\u3164b\u034fc\uffa0', 'a\\u3164b\\u034fc\\uffa0'],
])('%s are shown as escapes', (_, text, escaped) => {
  expect(visible(text)).toBe(escaped)
})

it.each([
  'plain',
  'tab\tand\nbreak\r\n',
  'שלום, مرحبا',
  'e\u0301 — “quoted” 🙂',
  '❤\ufe0f 1\ufe0f\u20e3 🕵\ufe0f',
  '',
])('what can be seen stays as it is: %j', (text) => {
  expect(visible(text)).toBe(text)
  expect(hidden(text)).toEqual([])
})

it('JSON keeps its value', () => {
  const text = JSON.stringify({ name: 'a\u202eb\u200b' })
  expect(JSON.parse(visible(text))).toEqual(JSON.parse(text))
})

it('escapes are apart from what is around them', () => {
  expect(seen('a\u202eb\u202c')).toEqual([
    { text: 'a', escaped: false },
    { text: '\\u202e', escaped: true },
    { text: 'b', escaped: false },
    { text: '\\u202c', escaped: true },
  ])
  expect(hidden('a\u202eb\u202c')).toEqual([1, 3])
})

it('JSON is shown in colours, and marks them in it', () => {
  expect(shown('{\n  "a": "b\u202ec"\n}', true).map((it) => [it.kind, it.text])).toEqual([
    ['punctuation', '{\n'],
    ['plain', '  '],
    ['key', '"a"'],
    ['punctuation', ':'],
    ['plain', ' '],
    ['string', '"b'],
    ['escape', '\\u202e'],
    ['string', 'c"\n'],
    ['punctuation', '}'],
  ])
  expect(shown('a {\n\u200b', false)).toEqual([
    { kind: 'plain', text: 'a {\n' },
    { kind: 'escape', text: '\\u200b' },
  ])
})
