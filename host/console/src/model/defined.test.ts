import { describe, expect, it } from 'vitest'
import { definedBy } from './defined'
import { outlineOf, recorded } from './fixtures/outline'
import EVALUATION_RETRIED from './fixtures/evaluation-retried.jsonl?raw'
import FAIL_REDRIVEN from './fixtures/fail-redriven.jsonl?raw'
import MAP_TOLERANT from './fixtures/map-tolerant.jsonl?raw'
import PARALLEL_NESTED from './fixtures/parallel-nested.jsonl?raw'
import PARALLEL_RETRIED from './fixtures/parallel-retried.jsonl?raw'
import { graphOf } from './graph'
import { History } from './history'
import { shownStates, waitsFor } from './shown'
import { Standing } from './standing'
import type { Span } from './spans'

const words = { duration: (milliseconds: number) => `${Math.round(milliseconds)} ms` }
const fail = (error: string, cause: string) => ({ Type: 'Fail', Error: error, Cause: cause })
const wait = (more: object) => ({ Type: 'Wait', Seconds: 1, ...more })

/** An execution of a machine with one state that is retried after so many seconds. */
function execution(lines: string, states: object) {
  const [StartAt] = Object.keys(states)
  const graph = graphOf(JSON.stringify({ StartAt, States: states }))
  const history = new History(definedBy(graph))
  history.append(outlineOf(recorded(lines)))
  const standing = new Standing(history)
  const find = (name: string, which = 0) =>
    history.spans.filter((it) => it.name === name && it.kind === 'state')[which]!
  return { graph, history, standing, find }
}

describe('a Parallel of which a branch ends in a Fail state', () => {
  const { graph, history, standing, find } = execution(PARALLEL_RETRIED, {
    P1: {
      Type: 'Parallel',
      Retry: [{ ErrorEquals: ['Custom'], IntervalSeconds: 4, MaxAttempts: 1, BackoffRate: 1 }],
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'After' }],
      Branches: [
        { StartAt: 'BW', States: { BW: wait({ End: true }) } },
        { StartAt: 'BT', States: { BT: wait({ Next: 'BF' }), BF: fail('Custom', 'because') } },
      ],
      Next: 'After',
    },
    After: { Type: 'Pass', Next: 'M' },
    M: {
      Type: 'Map',
      Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 3, MaxAttempts: 1 }],
      ItemProcessor: { StartAt: 'MF', States: { MF: fail("{% 'Custom' %}", 'by item') } },
      End: true,
    },
  })
  const parallel = find('P1')

  it('has failed with it, and waits for its next attempt', () => {
    standing.moveTo(7)
    expect(standing.status(parallel)).toBe('retrying')
    expect(standing.status(find('BF'))).toBe('failed')
    expect(standing.time(find('BF'))).toEqual({ from: 1001, to: 1001 })
    expect(parallel.children.slice(0, 2).map((it) => standing.status(it))).toEqual([
      'aborted',
      'failed',
    ])
    const next = waitsFor(graph, standing, parallel)
    expect(next).toMatchObject({ attempt: 2, of: 2, delay: 4000, at: 5001 })
    const shown = shownStates(graph, standing, history.execution!, words, 3000)
    expect(shown.get('P1')?.note).toBe('try 2/2 in 2001 ms')
    expect(shown.get('BF')).toEqual({ status: 'failed', note: 'Custom' })
  })

  it('has both attempts, each with the error of its branch', () => {
    const attempts = parallel.attempts.map((it) => [it.scheduled, it.ended, it.failed, it.error])
    expect(attempts).toEqual([
      [3, 7, true, 'Custom'],
      [9, 13, true, 'Custom'],
    ])
    standing.moveTo(history.last)
    expect(standing.status(parallel)).toBe('caught')
    expect(standing.failure(parallel)).toEqual({ event: 13, error: 'Custom' })
    const [first, second] = parallel.attempts
    expect(standing.failureOf(parallel, first!)?.event).toBe(7)
    expect(standing.failureOf(parallel, second!)?.event).toBe(13)
  })

  it('is followed by a Map that waits likewise, though the error is computed', () => {
    standing.moveTo(35)
    const next = waitsFor(graph, standing, find('M'))
    expect(next).toMatchObject({ attempt: 2, of: 2, delay: 3000 })
    expect(standing.failure(find('MF'))).toEqual({ event: 31, error: '' })
  })

  it('has a Choice that failed with the error of the execution', () => {
    standing.moveTo(history.last)
    expect(standing.failure(find('Pick'))).toEqual({ event: 55, error: 'States.Runtime' })
  })
})

describe('a Map that tolerates a failure', () => {
  const retry = { IntervalSeconds: 2, MaxAttempts: 1 }
  const { graph, standing, find } = execution(MAP_TOLERANT, {
    M: {
      Type: 'Map',
      ToleratedFailureCount: 1,
      Retry: [{ ErrorEquals: ['States.ExceedToleratedFailureThreshold'], ...retry }],
      ItemProcessor: {
        StartAt: 'C',
        States: {
          C: { Type: 'Choice', Choices: [{ Next: 'MF' }], Default: 'MW' },
          MF: fail('Custom', 'by item'),
          MW: wait({ End: true }),
        },
      },
      End: true,
    },
  })
  const map = find('M')

  it('goes on after it', () => {
    standing.moveTo(14)
    expect(standing.status(map)).toBe('running')
    expect(standing.status(map.children[1]!)).toBe('failed')
  })

  it('fails with the next one, for that there are too many', () => {
    standing.moveTo(25)
    expect(standing.status(map)).toBe('retrying')
    expect(standing.failure(map)?.error).toBe('States.ExceedToleratedFailureThreshold')
    expect(waitsFor(graph, standing, map)).toMatchObject({ attempt: 2, of: 2, delay: 2000 })
  })

  it('counts anew in its second attempt', () => {
    expect(standing.moveTo(38).status(map)).toBe('running')
    expect(standing.moveTo(50).status(map)).toBe('failed')
    expect(map.attempts.map((it) => it.ended)).toEqual([24, 47])
  })
})

describe('a Parallel within one, which fails for good', () => {
  const inner = { StartAt: 'DF', States: { DF: fail('Deep', '') } }
  const retry = { IntervalSeconds: 1, MaxAttempts: 1 }
  const { graph, history, standing, find } = execution(PARALLEL_NESTED, {
    O: {
      Type: 'Parallel',
      Retry: [{ ErrorEquals: ['States.BranchFailed'], ...retry }],
      Branches: [
        {
          StartAt: 'In',
          States: {
            In: {
              Type: 'Parallel',
              Retry: [{ ErrorEquals: ['Deep'], ...retry }],
              Branches: [inner],
              End: true,
            },
          },
        },
      ],
      End: true,
    },
  })
  const waiting = (event: number, span: Span) => waitsFor(graph, standing.moveTo(event), span)

  it('is waited for first itself, then with what it is in', () => {
    expect(waiting(6, find('In'))).toMatchObject({ attempt: 2, of: 2 })
    expect(waiting(6, find('O'))).toBeUndefined()
    expect(waiting(9, find('In'))).toBeUndefined()
    expect(standing.status(find('In'))).toBe('failed')
    expect(waiting(9, find('O'))).toMatchObject({ attempt: 2, of: 2 })
  })

  it('is entered anew in the second attempt', () => {
    expect(find('O').attempts.map((it) => it.scheduled)).toEqual([3, 10])
    expect(find('In', 0).attempts.map((it) => it.scheduled)).toEqual([5, 7])
    expect(find('In', 1).attempts.map((it) => it.scheduled)).toEqual([12, 14])
    expect(history.execution?.status).toBe('failed')
    expect(standing.moveTo(18).status(find('O'))).toBe('failed')
  })
})

describe('an evaluation that fails', () => {
  const retry = { IntervalSeconds: 3, MaxAttempts: 1 }
  const { graph, standing, find } = execution(EVALUATION_RETRIED, {
    Charge: {
      Type: 'Task',
      Retry: [{ ErrorEquals: ['States.QueryEvaluationError'], ...retry }],
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'P' }],
      Next: 'P',
    },
    P: {
      Type: 'Parallel',
      Retry: [{ ErrorEquals: ['States.BranchFailed'], ...retry }],
      Branches: [{ StartAt: 'X', States: { X: { Type: 'Pass', End: true } } }],
      End: true,
    },
  })

  it('is what a Task fails with whose attempt succeeded before', () => {
    const charge = find('Charge')
    const failed = { event: 6, error: 'States.QueryEvaluationError' }
    expect(waitsFor(graph, standing.moveTo(6), charge)).toMatchObject({ attempt: 2, delay: 3000 })
    expect(standing.failureOf(charge, charge.attempts[0]!)).toEqual(failed)
    expect(standing.moveTo(11).status(charge)).toBe('caught')
    expect(standing.failure(charge)?.event).toBe(10)
    expect(charge.attempts.map((it) => [it.ended, it.failed])).toEqual([
      [5, true],
      [9, true],
    ])
  })

  it('is what a branch fails with, and the Parallel', () => {
    standing.moveTo(15)
    expect(standing.status(find('X'))).toBe('failed')
    expect(standing.failure(find('P'))).toEqual(standing.failure(find('X')))
    expect(waitsFor(graph, standing, find('P'))).toMatchObject({ attempt: 2, of: 2 })
    expect(standing.moveTo(20).status(find('P'))).toBe('failed')
  })
})

it('a Fail state that was redriven has failed twice', () => {
  const { standing, find } = execution(FAIL_REDRIVEN, {
    P: { Type: 'Parallel', Branches: [{ StartAt: 'X', States: { X: fail('XE', '') } }], End: true },
  })
  const statuses = (event: number) => {
    standing.moveTo(event)
    return [find('P'), find('X'), find('X', 1)].map((it) => standing.status(it))
  }
  expect(statuses(6)).toEqual(['failed', 'failed', undefined])
  expect(statuses(7)).toEqual(['running', 'failed', undefined])
  expect(statuses(10)).toEqual(['failed', 'failed', 'failed'])
  expect(standing.failures(find('P'))).toEqual([
    { event: 4, error: 'XE' },
    { event: 8, error: 'XE' },
  ])
})

describe('what a definition says', () => {
  const map = (members: object) => {
    const state = { Type: 'Map', ItemProcessor: { StartAt: 'F', States: {} }, ...members }
    const graph = graphOf(JSON.stringify({ StartAt: 'M', States: { M: state } }))
    return definedBy(graph).tolerated({ name: 'M', length: 7 } as Span)
  }

  it.each([
    [{}, undefined],
    [{ ToleratedFailureCount: 2 }, 2],
    [{ ToleratedFailurePercentage: 50 }, 3],
    [{ ToleratedFailureCount: 1, ToleratedFailurePercentage: 50 }, 1],
    [{ ToleratedFailureCount: '{% $n %}' }, Infinity],
    [{ ToleratedFailurePercentagePath: '$.n' }, Infinity],
  ])('of %j, that so many failures are tolerated', (members, tolerated) => {
    expect(map(members)).toBe(tolerated)
  })
})
