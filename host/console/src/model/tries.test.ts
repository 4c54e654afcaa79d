import { expect, it } from 'vitest'
import ORDERS from '../../../../examples/order-fulfilment/order-fulfilment.asl.json?raw'
import { outlineOf, recorded } from './fixtures/outline'
import ORDER_RETRIED from './fixtures/order-retried.jsonl?raw'
import { graphOf } from './graph'
import { History } from './history'
import { stoodStill } from './shown'
import { Standing } from './standing'
import { triesOf } from './tries'

it('attempts are counted as the Retry does that decides', () => {
  const history = new History()
  history.append(outlineOf(recorded(ORDER_RETRIED)))
  const charge = history.spans.find((it) => it.name === 'ChargeCard')!
  const { definition } = graphOf(ORDERS).states.get('ChargeCard')!
  const tries = triesOf(new Standing(history).moveTo(history.last), charge, definition)
  expect(tries.map(({ number, since, of }) => [number, since, of])).toEqual([
    [1, 1, 3],
    [2, 2, 3],
  ])
  expect(tries.map((it) => it.then)).toEqual([
    expect.objectContaining({ attempt: 2, delay: 1000, rate: 2 }),
    undefined,
  ])
})

/** Fails once, is redriven a minute later, and fails twice. */
const redriven = () => {
  const history = new History()
  const texts = [
    'ExecutionStarted',
    'TaskStateEntered',
    'TaskScheduled',
    'TaskFailed',
    'ExecutionFailed',
    'ExecutionRedriven',
    'A',
    'Task',
  ]
  history.append({
    startDate: 0,
    texts,
    firstEventId: 1,
    events: [
      [0, 0, 0],
      [0, 0, 1, 7],
      [2, 10, 2],
      [3, 20, 3, -1, -1, 6],
      [4, 30, 4, -1, -1, 6],
      [5, 60_030, 5],
      [6, 60_040, 2],
      [7, 60_050, 3, -1, -1, 6],
      [8, 61_050, 2],
      [9, 61_060, 3, -1, -1, 6],
      [10, 61_060, 4, -1, -1, 6],
    ],
  })
  return history
}

it('after a redrive they are counted anew', () => {
  const history = redriven()
  const task = history.spans.find((it) => it.name === 'Task')!
  const definition = { Type: 'Task', Retry: [{ ErrorEquals: ['A'], MaxAttempts: 1 }] }
  const at = (event: number) => triesOf(new Standing(history).moveTo(event), task, definition)
  expect(at(11).map(({ number, since, of }) => [number, since, of])).toEqual([
    [1, 1, 2],
    [2, 1, 2],
    [3, 2, 2],
  ])
  expect(at(11).at(-1)?.then).toBe('none left')
  expect(at(7).map((it) => it.of)).toEqual([2, undefined])
  expect(triesOf(new Standing(history).moveTo(11), task).at(-1)).toMatchObject({
    of: undefined,
    then: 'no retrier',
  })
})

it('what stood still until a redrive did not take that long', () => {
  const history = redriven()
  const task = history.spans.find((it) => it.name === 'Task')!
  const still = (event: number, to?: number) =>
    stoodStill(new Standing(history).moveTo(event), task.entered, to)
  expect(still(11, 61_060)).toBe(60_000)
  expect(still(11)).toBe(60_000)
  expect(still(5)).toBe(0)
  expect(still(11, 20)).toBe(0)
  expect(stoodStill(new Standing(history).moveTo(11), 7)).toBe(0)
})
