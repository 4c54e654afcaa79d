import { expect, test } from 'vitest'
import { command, quoted } from './shell'

test('words are quoted where a shell would change them', () => {
  expect(command('stepwell', 'start', 'order:1', '--input', '{"a": "it\'s"}', '')).toBe(
    `stepwell start order:1 --input '{"a": "it'\\''s"}' ''`,
  )
})

test.each([
  ['plain', 'plain'],
  ['arn:aws:states:us-east-1:1:execution:a:b', 'arn:aws:states:us-east-1:1:execution:a:b'],
  ['two words', "'two words'"],
  ["it's", `'it'\\''s'`],
  ['$(rm) `x` "y"', `'$(rm) \`x\` "y"'`],
  ['', "''"],
  ['a\nb', "'a\nb'"],
])('%j is quoted for a shell', (word, text) => {
  expect(quoted(word)).toBe(text)
})
