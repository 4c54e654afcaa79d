// How long a page takes to know a long execution, and to go about in it.

import { bench, describe } from 'vitest'
import { bigMap } from './fixtures/big-map'
import { History } from './history'
import { Standing } from './standing'

describe('25,000 events', () => {
  const outline = bigMap(6240)
  const big = new History()
  big.append(outline)
  const standing = new Standing(big)

  bench('taken in', () => new History().append(outline))
  bench('moved about in', () => {
    standing.moveTo(big.last).moveTo(12_000).visits(big.execution!)
  })
})
