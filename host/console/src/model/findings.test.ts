import { describe, expect, it } from 'vitest'
import type { Figures, StatisticsKey } from '../api/own'
import { bySeverity, failing, places, verdict, type Finding } from './findings'
import { NOTHING } from './figures'

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

function row(key: StatisticsKey, some: Partial<Figures>) {
  return { key, figures: { ...NOTHING, ...some } }
}

function ended(name: string, succeeded: number, failed: number) {
  const executions = { started: 1, succeeded, failed, timedOut: 0, aborted: 0 }
  return row({ stateMachineArn: `arn:x:${name}` }, { executions })
}

describe('machines that mostly fail', () => {
  const titles = (machines: ReturnType<typeof row>[], told: Finding[] = []) =>
    failing({ machines }, told).map((it) => [it.severity, it.title])

  it('are told of however few their ends are', () => {
    expect(titles([ended('a', 1, 3), ended('b', 0, 1), ended('c', 3, 9)])).toEqual([
      ['INFO', 'Executions of a mostly fail'],
      ['INFO', 'The only execution of b that ended failed'],
      ['WARNING', 'Executions of c mostly fail'],
    ])
  })

  it('are not those that succeed as often, run, or were stopped', () => {
    const stopped = { started: 3, succeeded: 0, failed: 0, timedOut: 0, aborted: 3 }
    const key = { stateMachineArn: 'arn:x:c' }
    expect(titles([ended('a', 1, 1), ended('b', 0, 0), row(key, { executions: stopped })])).toEqual(
      [],
    )
  })

  it('are not told of twice', () => {
    const told = finding({ subject: { stateMachineArn: 'arn:x:a', state: 'S' } })
    expect(titles([ended('a', 0, 3)], [told])).toEqual([])
  })

  it('lead to what failed', () => {
    const [found] = failing({ machines: [ended('a', 1, 3)] }, [])
    expect(found!.detail).toMatch(/3 of 4 ended so/)
    expect(places(found!, '1', to)[0]!.href).toBe('executions FAILED,TIMED_OUT')
  })
})

describe('the verdict where nothing is found', () => {
  const state = (calls: number, retries = 0) => row({ state: 'S' }, { calls, retries })

  it('is none where nothing ended', () => {
    expect(verdict({ states: [], total: NOTHING })).toMatchObject({
      isFine: false,
      title: 'Nothing to judge',
    })
  })

  it('is that too little ran, which says how much it takes', () => {
    const total = { ...NOTHING, calls: 10, errors: 8 }
    const { isFine, title, detail } = verdict({ states: [state(10, 1)], total })
    expect([isFine, title]).toEqual([false, 'Too few executions to judge'])
    expect(detail).toMatch(/from 10 visits in a day on; none has had more than 9\. So far 80 %/)
  })

  it('is that all is fine where enough ran, and of what it did not', () => {
    const { isFine, title, detail } = verdict({ states: [state(10), state(4)], total: NOTHING })
    expect([isFine, title]).toEqual([true, 'Nothing stands out'])
    expect(detail).toMatch(/1 of 2 states had too few visits/)
    expect(verdict({ states: [state(10)], total: NOTHING }).detail).not.toMatch(/too few/)
  })
})
