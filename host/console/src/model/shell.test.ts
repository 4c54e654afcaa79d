import { expect, test } from 'vitest'
import { command } from './shell'

test('words are quoted where a shell would change them', () => {
  expect(command('stepwell', 'start', 'order:1', '--input', '{"a": "it\'s"}', '')).toBe(
    `stepwell start order:1 --input '{"a": "it'\\''s"}' ''`,
  )
})
