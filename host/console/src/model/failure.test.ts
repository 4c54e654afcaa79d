import { describe, expect, it } from 'vitest'
import { definedBy } from './defined'
import { failureOf, tellerOf, toldBy } from './failure'
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
