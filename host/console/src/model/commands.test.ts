import { expect, it } from 'vitest'
import { commandsOf, quoted } from './commands'

it.each([
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

it('commands have the input on one line, and numbers as they were written', () => {
  const [start, , , aws] = commandsOf(
    {
      executionArn: 'e',
      stateMachineArn: 'm',
      input: '{\n  "a b": "it\'s \\" \\\\",\n  "n": 1.00e2\n}',
    },
    'http://127.0.0.1:8080',
  )
  const input = `'{"a b":"it'\\''s \\" \\\\","n":1.00e2}'`
  expect(start!.text).toBe(`stepwell start m --input ${input} --endpoint http://127.0.0.1:8080`)
  expect(aws!.text).toContain(`--input ${input} --endpoint-url`)
})
