import { expect, it } from 'vitest'
import { halves } from './cut'

it('keeps the end of long names, in which they differ', () => {
  expect(halves('ProcessOrderLineA')).toEqual(['ProcessOrd', 'erLineA'])
  expect(halves('ChargeCard')).toEqual(['ChargeCard', ''])
  expect(halves('Zahlung📦📦📦📦📦📦📦📦')).toEqual(['Zahlung📦', '📦📦📦📦📦📦📦'])
})
