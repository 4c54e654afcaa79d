import { describe, expect, it } from 'vitest'
import type { Finding } from '../api/own'
import { bySeverity, places } from './findings'

const to = {
  machine: (arn: string, query?: Record<string, string | undefined>) =>
    ['machine', arn, query?.state].filter(Boolean).join(' '),
  execution: (arn: string) => `execution ${arn}`,
  executions: (query?: Record<string, string | undefined>) =>
    `executions ${query?.status ?? 'all'}`,
  plugin: (name: string) => `plugin ${name}`,
}

function finding(some: Partial<Finding>): Finding {
  const plain = { title: '', detail: '', subject: {} }
  return { kind: 'STATE_FAILS_MUCH', severity: 'INFO', ...plain, ...some }
}

describe('findings', () => {
  it('come the most severe first, and otherwise in their order', () => {
    const sorted = bySeverity([
      finding({ severity: 'INFO', title: 'a' }),
      finding({ severity: 'CRITICAL', title: 'b' }),
      finding({ severity: 'WARNING', title: 'c' }),
      finding({ severity: 'CRITICAL', title: 'd' }),
    ])
    expect(sorted.map((it) => it.title)).toEqual(['b', 'd', 'c', 'a'])
  })

  it('lead to the executions that failed, the machine and the plugin', () => {
    const subject = { account: '1', stateMachineArn: 'm', plugin: 'p' }
    expect(
      places(finding({ kind: 'MACHINE_FAILURES_ROSE', subject }), '1', to).map((it) => it.href),
    ).toEqual(['executions FAILED,TIMED_OUT', 'machine m', 'plugin p'])
  })

  it('lead to all executions where it is not their failures, and to the one that is meant', () => {
    const retried = finding({ kind: 'STATE_RETRIES_MUCH', subject: { stateMachineArn: 'm' } })
    expect(places(retried, '1', to)[0]!.href).toBe('executions all')
    const stuck = finding({ kind: 'EXECUTION_STUCK', subject: { executionArn: 'e' } })
    expect(places(stuck, '1', to).map((it) => it.href)).toEqual(['execution e'])
  })

  it('lead to executions of any status where a state fails, which may be caught, and to the state', () => {
    const subject = { stateMachineArn: 'm', state: 'S' }
    const hrefs = (it: Finding) => places(it, '1', to).map(({ href }) => href)
    expect(hrefs(finding({ subject }))).toEqual(['executions all', 'machine m S'])
    expect(hrefs(finding({ subject: { ...subject, executionArn: 'e' } }))).toEqual([
      'execution e',
      'machine m S',
    ])
  })

  it('lead nowhere where they are of another account', () => {
    expect(places(finding({ subject: { account: '2', plugin: 'p' } }), '1', to)).toEqual([])
  })
})
