// The checks of a conformance report.

import type { DescribePlugin } from '../api/own'

export type Check = NonNullable<
  NonNullable<DescribePlugin['answer']['conformance']>['checks']
>[number]
export type Outcome = Check['outcome']

/** What one looks at first. */
export const OUTCOMES: Outcome[] = ['FAILED', 'WARNING', 'PASSED', 'SKIPPED']

/** Those of one outcome, or all: what went wrong first, and otherwise in the kit's order. */
export function chosenChecks(checks: readonly Check[], outcome: string | null): Check[] {
  const isOutcome = OUTCOMES.some((it) => it === outcome)
  return checks
    .filter((it) => !isOutcome || it.outcome === outcome)
    .sort((a, b) => OUTCOMES.indexOf(a.outcome) - OUTCOMES.indexOf(b.outcome))
}
