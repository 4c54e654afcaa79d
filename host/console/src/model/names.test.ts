import { expect, test } from 'vitest'
import { allowed, nameProblem } from './names'

test.each(['a', "machine-1_x.y+z=@!()'é", 'größer', 'n'.repeat(80), '😀'.repeat(80)])(
  '%s is a name',
  (name) => {
    expect(nameProblem(name)).toBeUndefined()
    expect(allowed(name)).toBe(name)
  },
)

test.each([...'<>{}[]?*"#%\\^|~`$&,;:/'])('%s is in no name', (character) => {
  expect(nameProblem(`a${character}`)).toBe(`“${character}” cannot be in a name.`)
  expect(allowed(`a${character}`)).toBe('a-')
})

test.each([' ', '\t', '\n', '\u{7f}', '\u{85}', '\u{a0}', '\u{3000}', '\u{ffff}'])(
  'what is not seen is in no name: %j',
  (character) => {
    expect(nameProblem(`a${character}b`)).toBe('There can be no spaces in a name.')
    expect(allowed(`a${character}b`)).toBe('a-b')
  },
)

test('a name has 80 characters at most', () => {
  expect(nameProblem('n'.repeat(81))).toBe('It has 81 characters; 80 is the most.')
  expect(allowed('n'.repeat(99))).toBe('n'.repeat(80))
})
