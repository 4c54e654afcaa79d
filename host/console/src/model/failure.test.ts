import { describe, expect, it } from 'vitest'
import type { HistoryEvent } from '../api/aws'
import { definedBy } from './defined'
import { blameOf, failureOf, sameCause, tellerOf, toldBy } from './failure'
import { outlineOf, recorded } from './fixtures/outline'
import EVALUATION_RETRIED from './fixtures/evaluation-retried.jsonl?raw'
import MAP_REDRIVEN from './fixtures/map-redriven.jsonl?raw'
import MAP_RETRIED from './fixtures/map-retried.jsonl?raw'
import ORDER_REFUNDED from './fixtures/order-refunded.jsonl?raw'
import PARALLEL_RETRIED from './fixtures/parallel-retried.jsonl?raw'
import { graphOf } from './graph'
import { History } from './history'

function failure(lines: string, error: string) {
  const history = new History()
  history.append(outlineOf(recorded(lines)))
  const { state, origin } = failureOf(history, error)
  return [state?.name, state?.parent?.index, origin?.name]
}

it('leads to the state that failed, and to where its error came from', () => {
  expect(failure(ORDER_REFUNDED, 'Invoices.TotalMismatch')).toEqual([
    'OrderFailed',
    0,
    'RenderInvoice',
  ])
  expect(failure(MAP_REDRIVEN, 'Payments.CardDeclined')).toEqual(['Charge', 1, undefined])
  expect(failure(EVALUATION_RETRIED, 'States.QueryEvaluationError')).toEqual(['X', 0, undefined])
  expect(failure(MAP_RETRIED, 'Bad.Item')).toEqual(['Bad', 4, undefined])
})

describe('where the error of a Fail state came from', () => {
  const [started, scheduled, failed, left] = [
    'ParallelStateStarted',
    'TaskScheduled',
    'TaskFailed',
    'StateExited',
  ]
  /** What each event follows from, its type, and the state's name or the error. */
  type Row = [number, string, string?]
  const historyOf = (rows: Row[]) => {
    const history = new History()
    const events = rows.map(([previousEventId, type, text], index) => {
      const it = { id: index + 1, previousEventId, timestamp: 1, type }
      if (text === undefined) return it
      const details = /Failed$/.test(type) ? { error: text } : { name: text }
      return { ...it, someEventDetails: details }
    })
    history.append(outlineOf(events))
    return history
  }
  const origins = (rows: Row[], error: string) =>
    blameOf(historyOf(rows), error).origins.map((it) => it.span.name)

  /** Credentials fail in a Parallel; what is done about that fails in the same way, twice. */
  const again: Row[] = [
    [0, 'ExecutionStarted'],
    [0, 'ParallelStateEntered', 'Fulfil'],
    [2, started],
    [3, 'TaskStateEntered', 'Create'],
    [4, scheduled],
    [5, failed, 'Io'],
    [6, 'ParallelStateFailed'],
    [7, 'Parallel' + left, 'Fulfil'],
    [8, 'TaskStateEntered', 'Revoke'],
    [9, scheduled],
    [10, failed, 'Io'],
    [11, 'Task' + left, 'Revoke'],
    [12, 'ParallelStateEntered', 'Tell'],
    [13, started],
    [14, 'TaskStateEntered', 'Ticket'],
    [15, scheduled],
    [16, failed, 'Io'],
    [17, 'Task' + left, 'Ticket'],
    [18, 'ParallelStateSucceeded'],
    [19, 'Parallel' + left, 'Tell'],
    [20, 'FailStateEntered', 'OrderFailed'],
    [21, 'ExecutionFailed', 'Io'],
  ]

  it('is any that was caught with the same error, those on the way to it first', () => {
    expect(origins(again, 'Io')).toEqual(['Revoke', 'Create', 'Ticket'])
    expect(origins(again, 'Other')).toEqual([])
  })

  it('is the one with the same cause', () => {
    const told = [
      { name: 'Revoke', error: 'Io', cause: 'no such file' },
      { name: 'Create', error: 'Io', cause: 'no space left' },
      { name: 'Ticket', error: 'Io', cause: 'read-only' },
    ]
    expect(sameCause(told, { error: 'Io', cause: 'no space left' })?.name).toBe('Create')
    expect(sameCause(told, { error: 'Mine', cause: 'read-only' })?.name).toBe('Ticket')
    expect(sameCause(told, { error: 'Io', cause: 'of its own' })?.name).toBe('Revoke')
    expect(sameCause(told, { error: 'Io' })?.name).toBe('Revoke')
    expect(sameCause([], { error: 'Io' })).toBeUndefined()
  })

  it('is what led right to it, whatever the error', () => {
    const right: Row[] = [
      [0, 'ExecutionStarted'],
      [0, 'TaskStateEntered', 'Charge'],
      [2, scheduled],
      [3, failed, 'Declined'],
      [4, 'Task' + left, 'Charge'],
      [5, 'FailStateEntered', 'OrderFailed'],
      [6, 'ExecutionFailed', 'Custom'],
    ]
    expect(origins(right, 'Custom')).toEqual(['Charge'])
    const between = right.toSpliced(
      5,
      2,
      [5, 'PassStateEntered', 'Note'],
      [6, 'Pass' + left, 'Note'],
      [7, 'FailStateEntered', 'OrderFailed'],
      [8, 'ExecutionFailed', 'Custom'],
    )
    expect(origins(between, 'Custom')).toEqual([])
    expect(origins(between, 'Declined')).toEqual(['Charge'])
  })
})

describe('what a state failed with', () => {
  const fail = (more: object) => ({ Type: 'Fail', ...more })
  const states = (end: object) =>
    graphOf(
      JSON.stringify({
        StartAt: 'P1',
        States: {
          P1: {
            Type: 'Parallel',
            Branches: [{ StartAt: 'BF', States: { BF: end } }],
            Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.why.it', Next: 'M' }],
            Next: 'M',
          },
          M: {
            Type: 'Map',
            Catch: [{ ErrorEquals: ['Custom', 'States.ALL'] }],
            ItemProcessor: { StartAt: 'MF', States: { MF: end } },
          },
        },
      }),
    )
  const tell = (end: object, name: string) => {
    const graph = states(end)
    const history = new History(definedBy(graph))
    history.append(outlineOf(recorded(PARALLEL_RETRIED)))
    const span = history.spans.findLast((it) => it.name === name && it.kind === 'state')!
    return tellerOf(history, graph, span, history.failures.get(span.id)!.at(-1)!)
  }

  it('is told by the definition of a Fail state', () => {
    const told = { error: 'Custom', cause: 'because' }
    const constant = fail({ Error: 'Custom', Cause: 'because' })
    expect(tell(constant, 'BF')).toEqual({ event: 0, told })
    expect(tell(constant, 'P1')).toEqual({ event: 0, told })
    expect(tell(fail({}), 'BF')).toEqual({ event: 0, told: { error: '', cause: undefined } })
  })

  it('is told by the exit of what caught it, where it is computed', () => {
    const computed = fail({ Error: 'Custom', CausePath: '$.why' })
    expect(tell(computed, 'BF')).toEqual({ event: 16 })
    expect(tell(computed, 'P1')).toEqual({ event: 16 })
    expect(tell(fail({ Error: '{% $x %}' }), 'MF')).toEqual({ event: 53 })
  })

  it('is told by the end of the execution', () => {
    expect(tell(fail({}), 'Pick')).toEqual({ event: 55 })
  })

  it('is not that of an iteration where too many failed', () => {
    const graph = graphOf('{}')
    const history = new History({ ...definedBy(graph), tolerated: () => 0 })
    history.append(outlineOf(recorded(MAP_REDRIVEN)))
    const map = history.spans.find((it) => it.type === 'Map')!
    const failure = history.failures.get(map.id)![0]!
    expect(failure.error).toBe('States.ExceedToleratedFailureThreshold')
    expect(tellerOf(history, graph, map, failure)).toEqual({
      event: 0,
      told: { error: failure.error },
    })
  })

  it.each([
    [
      { error: 'A', cause: 'b' },
      { error: 'A', cause: 'b' },
    ],
    [{ output: '{"Error":"A","Cause":"b"}' }, { error: 'A', cause: 'b' }],
    [{ output: '{"why":{"it":{"Error":"A"}},"Error":"before"}' }, { error: 'A' }],
    [{ output: '{"why":1}' }, {}],
    [{ output: '{"cut o' }, {}],
  ])('is in the details %j', (details, told) => {
    expect(toldBy(details, states(fail({})).states.get('P1')?.definition)).toEqual(told)
  })
})

it('looks at each failure once, however many iterations go on side by side past theirs', () => {
  const events: HistoryEvent[] = []
  const add = (previousEventId: number, type: string, more: Partial<HistoryEvent> = {}) =>
    events.push({ id: events.length + 1, previousEventId, timestamp: 1, type, ...more })
  const named = (name: string) => ({ stateEnteredEventDetails: { name } })
  add(0, 'ExecutionStarted')
  const started = add(add(0, 'MapStateEntered', named('Each')), 'MapStateStarted', {
    mapStateStartedEventDetails: { length: 10 },
  })
  const iterations = Array.from({ length: 10 }, (_, index) => {
    const mapIterationStartedEventDetails = { name: 'Each', index }
    return add(started, 'MapIterationStarted', { mapIterationStartedEventDetails })
  })
  for (let round = 0; round < 10; round++) {
    for (const [index, last] of iterations.entries()) {
      const both = add(add(last, 'ParallelStateEntered', named('Both')), 'ParallelStateStarted')
      const failed = add(add(both, 'FailStateEntered', named('No')), 'ParallelStateFailed')
      const stateExitedEventDetails = { name: 'Both' }
      iterations[index] = add(failed, 'ParallelStateExited', { stateExitedEventDetails })
    }
  }
  add(add(iterations[0]!, 'FailStateEntered', named('End')), 'ExecutionFailed')

  const words = { error: () => 'E', tolerated: () => undefined, catches: () => true }
  const history = new History(words)
  history.append(outlineOf(events))
  const { state, origins } = blameOf(history, 'E')
  expect(state?.name).toBe('End')
  expect(origins).toHaveLength(100)
})
