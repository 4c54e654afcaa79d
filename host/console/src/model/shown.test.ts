import { describe, expect, it } from 'vitest'
import ORDERS from '../../../../examples/order-fulfilment/order-fulfilment.asl.json?raw'
import { outlineOf, recorded } from './fixtures/outline'
import MAP_RETRIED from './fixtures/map-retried.jsonl?raw'
import ORDER_REFUNDED from './fixtures/order-refunded.jsonl?raw'
import ORDER_RETRIED from './fixtures/order-retried.jsonl?raw'
import PARALLEL_RETRIED from './fixtures/parallel-retried.jsonl?raw'
import { END, graphOf, START } from './graph'
import { History } from './history'
import { shownStates, takenWays, waitsFor, wayOf } from './shown'
import { Standing } from './standing'

/** The machine that MAP_RETRIED was recorded of, in what matters. */
const ORDERS_MAP = JSON.stringify({
  StartAt: 'Orders',
  States: {
    Orders: {
      Type: 'Map',
      ItemProcessor: {
        StartAt: 'Check',
        States: {
          Check: {
            Type: 'Choice',
            Choices: [
              { Variable: '$.bad', IsPresent: true, Next: 'Bad' },
              { Variable: '$.par', IsPresent: true, Next: 'Both' },
            ],
            Default: 'Ok',
          },
          Both: {
            Type: 'Parallel',
            Branches: [
              {
                StartAt: 'Left',
                States: {
                  Left: { Type: 'Pass', Next: 'W' },
                  W: { Type: 'Wait', Seconds: 1, End: true },
                },
              },
              { StartAt: 'Right', States: { Right: { Type: 'Pass', End: true } } },
            ],
            End: true,
          },
          Bad: { Type: 'Fail' },
          Ok: { Type: 'Pass', End: true },
        },
      },
      Next: 'Done',
    },
    Done: { Type: 'Succeed' },
  },
})

const words = { duration: (milliseconds: number) => `${Math.round(milliseconds)} ms` }

function standing(lines: string, event?: number): Standing {
  const history = new History()
  history.append(outlineOf(recorded(lines)))
  return new Standing(history).moveTo(event ?? history.last)
}

describe('the next attempt', () => {
  it('is what the order waits for', () => {
    const at7 = standing(ORDER_RETRIED, 7)
    const charge = at7.history.spans.find((it) => it.name === 'ChargeCard')!
    const graph = graphOf(ORDERS)
    const next = waitsFor(graph, at7, charge)!
    expect(next).toMatchObject({ attempt: 2, of: 3, delay: 1000 })
    const { execution, time } = at7.history
    expect(next.at).toBe(time[6]! + 1000)
    const shown = shownStates(graph, at7, execution!, words, next.at - 400)
    expect(shown.get('ChargeCard')).toMatchObject({
      status: 'retrying',
      note: 'try 2/3 in 400 ms',
    })
  })
})

it('states are shown as they stood, with the error that was caught', () => {
  const graph = graphOf(ORDERS)
  const ended = standing(ORDER_REFUNDED)
  const shown = shownStates(graph, ended, ended.history.execution!, words)
  expect(shown.get('Fulfil')).toMatchObject({ status: 'caught', note: 'Invoices.TotalMismatch' })
  expect(shown.get('CustomerInformed')).toBeUndefined()
  const before = standing(ORDER_REFUNDED, 10)
  const then = shownStates(graph, before, before.history.execution!, words)
  expect([...then.keys()]).toEqual(['NeedsPayment', 'ChargeCard', 'Fulfil'])
})

it('the ways that were taken are known', () => {
  const ended = standing(ORDER_REFUNDED)
  expect([...takenWays(graphOf(ORDERS), ended, ended.history.execution!)]).toEqual([
    `${START}→NeedsPayment`,
    'NeedsPayment→ChargeCard',
    'ChargeCard→Fulfil',
    'Fulfil→RevokeCredentials catch',
    'RevokeCredentials→WasCharged',
    'WasCharged→RefundPayment',
    'RefundPayment→TellOfFailure',
    'TellOfFailure→OrderFailed',
    `OrderFailed→${END}`,
  ])
})

it('ways of catchers are apart from others to the same state', () => {
  const ended = standing(PARALLEL_RETRIED)
  const { execution } = ended.history
  const taken = takenWays(graphOf('{}'), ended, execution!)
  expect(taken.has(wayOf('P1', 'After', true))).toBe(true)
  expect(taken.has(wayOf('P1', 'After', false))).toBe(false)
  expect(taken.has(wayOf('After', 'M', false))).toBe(true)
  expect(taken.has(wayOf('After', 'M', true))).toBe(false)
})

it('a way is of a catcher where no other leads there, whatever events told', () => {
  const ended = standing(ORDER_REFUNDED)
  const task = { Type: 'Task', Resource: 'wasm:a/b' }
  const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'Fulfil' }]
  const graph = graphOf(
    JSON.stringify({
      StartAt: 'ChargeCard',
      States: { ChargeCard: { ...task, Catch, Next: 'Done' }, Fulfil: task, Done: task },
    }),
  )
  const taken = takenWays(graph, ended, ended.history.execution!)
  expect(taken.has(wayOf('ChargeCard', 'Fulfil', true))).toBe(true)
  expect(taken.has(wayOf('ChargeCard', 'Fulfil', false))).toBe(false)
})

describe('states in iterations', () => {
  const ended = standing(MAP_RETRIED)
  const graph = graphOf(ORDERS_MAP)
  const { execution, spans } = ended.history

  it('are counted in the whole', () => {
    const all = shownStates(graph, ended, execution!, words)
    expect(all.get('Ok')).toEqual({ status: 'succeeded', counts: { succeeded: 4 } })
    expect(all.get('Check')?.counts).toEqual({ succeeded: 12 })
  })

  it('are shown by themselves within one, and what is around it as it is', () => {
    const last = spans.findLast((it) => it.kind === 'iteration' && it.index === 3)!
    const within = shownStates(graph, ended, last, words)
    expect([...within.keys()]).toEqual(['Orders', 'Check', 'Both', 'Left', 'Right', 'W'])
    expect(within.get('Orders')?.status).toBe('failed')
    expect(within.get('W')?.status).toBe('succeeded')
    expect([...takenWays(graph, ended, last)]).toEqual([
      `${START}→Orders`,
      'Check→Both',
      'Left→W',
      `Orders→${END}`,
    ])
    expect([...takenWays(graph, ended, execution!)]).toContain('Check→Bad')
  })
})
