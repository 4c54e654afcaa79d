import { expect, it } from 'vitest'
import { chosenChecks, type Check } from './conformance'

const checks: Check[] = [
  { id: 'a', outcome: 'PASSED' },
  { id: 'b', outcome: 'SKIPPED' },
  { id: 'c', outcome: 'FAILED' },
  { id: 'd', outcome: 'PASSED' },
  { id: 'e', outcome: 'WARNING' },
]

it('shows what went wrong first', () => {
  expect(chosenChecks(checks, null).map((it) => it.id)).toEqual(['c', 'e', 'a', 'd', 'b'])
})

it('shows those of one outcome, and all where there is no such outcome', () => {
  expect(chosenChecks(checks, 'PASSED').map((it) => it.id)).toEqual(['a', 'd'])
  expect(chosenChecks(checks, 'EXCELLENT')).toHaveLength(5)
})
