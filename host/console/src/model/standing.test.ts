import { describe, expect, it } from 'vitest'
import { outlineOf, recorded } from './fixtures/outline'
import MAP_REDRIVEN from './fixtures/map-redriven.jsonl?raw'
import MAP_RETRIED from './fixtures/map-retried.jsonl?raw'
import ORDER_RETRIED from './fixtures/order-retried.jsonl?raw'
import { History } from './history'
import { Standing } from './standing'

function standing(lines: string): Standing {
  const history = new History()
  history.append(outlineOf(recorded(lines)))
  return new Standing(history)
}

it('is the same at an event from wherever it came there', () => {
  const moved = standing(MAP_RETRIED)
  const { history } = moved
  const statuses = (it: Standing) => history.spans.map((span) => it.status(span))
  // A walk that leaps about, and comes to each event.
  for (let step = 0; step < history.last; step++) {
    const event = ((step * 37) % history.last) + 1
    const fresh = new Standing(history).moveTo(event)
    expect(statuses(moved.moveTo(event))).toEqual(statuses(fresh))
  }
})

it('takes in what is appended to its history', () => {
  const events = recorded(ORDER_RETRIED)
  const history = new History()
  history.append(outlineOf(events, 0, 6))
  const it1 = new Standing(history).moveTo(6)
  const charge = history.spans.find((it) => it.name === 'ChargeCard')!
  expect(it1.status(charge)).toBe('running')
  history.append(outlineOf(events, 6, 1))
  expect(it1.moveTo(7).status(charge)).toBe('retrying')
})

describe('the order whose payment was retried', () => {
  const it1 = standing(ORDER_RETRIED)
  const { history } = it1
  const charge = history.spans.find((it) => it.name === 'ChargeCard')!
  const time = (event: number) => history.time[event - 1]!

  it('has the attempts that had begun, ended or not', () => {
    expect(it1.moveTo(6).attempts(charge)).toHaveLength(1)
    expect(it1.ended(charge.attempts[0]!)).toBe(false)
    expect(it1.moveTo(8).attempts(charge)).toHaveLength(2)
    expect(charge.attempts.map((it) => it1.ended(it))).toEqual([true, false])
  })

  it('has its failure while it has not succeeded since', () => {
    const failed = { event: 7, error: 'Payments.ProcessorUnavailable' }
    expect(it1.moveTo(6).failure(charge)).toBeUndefined()
    expect(it1.moveTo(7).failure(charge)).toEqual(failed)
    expect(it1.moveTo(11).failure(charge)).toBeUndefined()
    expect(it1.failures(charge)).toEqual([failed])
    expect(charge.attempts.map((it) => it1.failureOf(charge, it))).toEqual([failed, undefined])
  })

  it('has times that end with the event that a span was left with', () => {
    expect(it1.moveTo(10).time(charge)).toEqual({ from: time(4), to: undefined })
    expect(it1.moveTo(history.last).time(charge)).toEqual({ from: time(4), to: time(11) })
  })

  it('has the visits that had begun, by their states', () => {
    const names = (event: number) => [...it1.moveTo(event).visits(history.execution!).keys()]
    expect(names(1)).toEqual([])
    expect(names(5)).toEqual(['NeedsPayment', 'ChargeCard'])
  })
})

it('a span without an end of its own ends with what ended it, also after a redrive', () => {
  const it1 = standing(MAP_REDRIVEN)
  const { history } = it1
  const charge = history.spans.filter((it) => it.name === 'Charge')[1]!
  const to = (event: number) => it1.moveTo(event).time(charge).to
  expect(to(39)).toBe(history.time[36 - 1])
  expect(to(42)).toBeUndefined()
  expect(to(47)).toBe(history.time[44 - 1])
  expect(it1.failures(charge).map((it) => it.event)).toEqual([35, 43])
})
