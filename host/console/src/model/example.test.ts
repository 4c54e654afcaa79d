import { expect, test } from 'vitest'
import { usual } from './example'

test('begins with the usual case, or the first', () => {
  const [bad, good, plain] = [{ name: 'bad' }, { name: 'Good' }, { name: 'default' }]
  expect(usual([bad, good])).toBe(good)
  expect(usual([bad, good, plain])).toBe(plain)
  expect(usual([bad])).toBe(bad)
  expect(usual([])).toBeUndefined()
})
