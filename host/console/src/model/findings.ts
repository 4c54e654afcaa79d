// Findings: which first, where each shows, and what is said where there are none.

import type { Figures, Finding as Found, GetStatistics } from '../api/own'
import type { links } from '../router.svelte'
import { count, nameOf } from '../ui/format'
import { endsOf, errorRate, percent } from './figures'

type Row = GetStatistics['answer']['rows'][number]

/** What the host found, or the console by the host's figures. */
export type Finding = Omit<Found, 'kind'> & { kind: Found['kind'] | 'MACHINE_FAILS_MUCH' }

const SEVERITIES: Finding['severity'][] = ['CRITICAL', 'WARNING', 'INFO']

/** The most severe first, and otherwise as the host has them. */
export function bySeverity(findings: readonly Finding[]): Finding[] {
  const weight = (it: Finding) => SEVERITIES.indexOf(it.severity)
  return [...findings].sort((a, b) => weight(a) - weight(b))
}

/** Figures of the last day, which is what findings are about. */
export interface Day {
  machines: Row[]
  states: Row[]
  /** All machines together. */
  total: Figures
}

/** Below so many visits of a state, or ends of a machine's executions, the host judges neither. */
export const ENOUGH = 10

/**
 * Machines most of whose executions fail, be they ever so few: the host tells of states, and of what
 * got worse. Those that it tells something of are left out. What somebody aborted has not failed.
 */
export function failing({ machines }: Pick<Day, 'machines'>, told: readonly Finding[]): Finding[] {
  return machines.flatMap(({ key, figures }) => {
    const { stateMachineArn } = key
    const { all } = endsOf(figures)
    const failed = (figures.executions?.failed ?? 0) + (figures.executions?.timedOut ?? 0)
    const known = told.some(
      ({ subject: it }) =>
        it.stateMachineArn === stateMachineArn && (!it.account || it.account === key.account),
    )
    if (!stateMachineArn || known || failed * 2 <= all) return []
    const name = nameOf(stateMachineArn)
    return {
      kind: 'MACHINE_FAILS_MUCH',
      severity: all < ENOUGH ? 'INFO' : 'WARNING',
      title:
        all === 1
          ? `The only execution of ${name} that ended failed`
          : `Executions of ${name} mostly fail`,
      detail: `In the last day ${count(failed)} of ${count(all)} ended so; one that is redriven ends again, and each end counts. Look at the newest that failed.`,
      subject: key,
    }
  })
}

/** What is said where there is no finding: whether all is fine, or too little ran to know. */
export function verdict({ states, total: figures }: Pick<Day, 'states' | 'total'>): {
  isFine: boolean
  title: string
  detail: string
} {
  // What is tried again is of the same visit.
  const visits = states.map(({ figures: it }) => it.calls - it.retries)
  const most = Math.max(0, ...visits)
  if (most === 0 && !endsOf(figures).all)
    return {
      isFine: false,
      title: 'Nothing to judge',
      detail: 'Findings are about the last day, in which nothing ended.',
    }
  if (most < ENOUGH)
    return {
      isFine: false,
      title: 'Too few executions to judge',
      detail: `A state’s errors and retries are judged from ${ENOUGH} visits in a day on; none has had more than ${count(most)}. So far ${percent(errorRate(figures))} of calls ended in errors.`,
    }
  const few = visits.filter((it) => it < ENOUGH).length
  return {
    isFine: true,
    title: 'Nothing stands out',
    detail: `States that retry or fail much, plugins near their limits or waiting for approval, and machines whose failures rose would be told of here.${
      few ? ` ${count(few)} of ${count(visits.length)} states had too few visits to be judged.` : ''
    }`,
  }
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
    if (kind === 'MACHINE_FAILURES_ROSE' || kind === 'MACHINE_FAILS_MUCH')
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
