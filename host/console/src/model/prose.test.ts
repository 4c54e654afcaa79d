import { expect, it } from 'vitest'
import { pieces } from './prose'

it('finds code between backticks', () => {
  expect(pieces('Run `stepwell logs`, or `--json`.')).toEqual([
    { text: 'Run ', code: false },
    { text: 'stepwell logs', code: true },
    { text: ', or ', code: false },
    { text: '--json', code: true },
    { text: '.', code: false },
  ])
})

it('leaves what is no code as it is', () => {
  expect(pieces('a ` b')).toEqual([{ text: 'a ` b', code: false }])
  expect(pieces('``')).toEqual([{ text: '``', code: false }])
  expect(pieces('')).toEqual([])
})
