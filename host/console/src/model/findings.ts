// Findings: which first, and where each shows.

import type { Finding } from '../api/own'
import type { links } from '../router.svelte'

const SEVERITIES: Finding['severity'][] = ['CRITICAL', 'WARNING', 'INFO']

/** The most severe first, and otherwise as the host has them. */
export function bySeverity(findings: readonly Finding[]): Finding[] {
  const weight = (it: Finding) => SEVERITIES.indexOf(it.severity)
  return [...findings].sort((a, b) => weight(a) - weight(b))
}

export interface Place {
  text: string
  href: string
}

/** What of the router's links leads to places that findings name. */
type To = Pick<typeof links, 'execution' | 'executions' | 'machine' | 'plugin'>

/** Where a finding shows. What other accounts have is not in the console of this one. */
export function places({ kind, subject }: Finding, account: string, to: To): Place[] {
  if (subject.account && subject.account !== account) return []
  const found: Place[] = []
  if (subject.executionArn)
    found.push({ text: 'The execution', href: to.execution(subject.executionArn) })
  if (subject.stateMachineArn) {
    const machine = subject.stateMachineArn
    if (kind === 'MACHINE_FAILURES_ROSE')
      found.push({
        text: 'Executions that failed',
        href: to.executions({ machine, status: 'FAILED,TIMED_OUT', within: '24h' }),
      })
    // Failures of a state may be caught or retried: its executions have any status.
    if (kind === 'STATE_RETRIES_MUCH' || (kind === 'STATE_FAILS_MUCH' && !subject.executionArn))
      found.push({ text: 'Its executions', href: to.executions({ machine, within: '24h' }) })
    found.push({ text: 'The state machine', href: to.machine(machine, { state: subject.state }) })
  }
  if (subject.plugin) found.push({ text: 'The plugin', href: to.plugin(subject.plugin) })
  return found
}
