import { describe, expect, it } from 'vitest'
import { outlineOf, recorded } from './fixtures/outline'
import { bigMap } from './fixtures/big-map'
import ORDER_REFUNDED from './fixtures/order-refunded.jsonl?raw'
import ORDER_RETRIED from './fixtures/order-retried.jsonl?raw'
import MAP_DISTRIBUTED from './fixtures/map-distributed.jsonl?raw'
import MAP_REDRIVEN from './fixtures/map-redriven.jsonl?raw'
import MAP_RETRIED from './fixtures/map-retried.jsonl?raw'
import EVALUATION_RETRIED from './fixtures/evaluation-retried.jsonl?raw'
import FAIL_REDRIVEN from './fixtures/fail-redriven.jsonl?raw'
import PARALLEL_RETRIED from './fixtures/parallel-retried.jsonl?raw'
import NESTED_ABORTED from './fixtures/nested-aborted.jsonl?raw'
import { History } from './history'
import { pathOf, strandsOf, type Span } from './spans'
import { Standing } from './standing'

function history(lines: string): History {
  const made = new History()
  made.append(outlineOf(recorded(lines)))
  return made
}

/** A span and what it is in, as a line: `Fulfil[1]/RenderInvoice failed`. */
function line(span: Span): string {
  const parts = [...pathOf(span), span].map((it) =>
    it.kind === 'state' ? it.name : it.kind === 'execution' ? '' : `[${it.index}]`,
  )
  return `${parts.join('/').replaceAll('/[', '[')} ${span.status}`.replace(/^\//, '')
}

const states = (it: History) => it.spans.filter((span) => span.kind === 'state').map(line)

describe('an order whose payment was retried', () => {
  const it1 = history(ORDER_RETRIED)

  it('has a span for each visit, within the branch that it was in', () => {
    expect(states(it1)).toEqual([
      'NeedsPayment succeeded',
      'ChargeCard succeeded',
      'Fulfil succeeded',
      'Fulfil[0]/SendConfirmation succeeded',
      'Fulfil[1]/RenderInvoice succeeded',
      'Fulfil[2]/CreateCredentials succeeded',
      'CustomerInformed succeeded',
      'AlertCustomerSuccess succeeded',
      'OrderFulfilled succeeded',
    ])
    expect(it1.execution).toMatchObject({ status: 'succeeded', entered: 1, left: 40 })
  })

  it('has both attempts, with what they used', () => {
    const { attempts } = it1.spans.find((it) => it.name === 'ChargeCard')!
    expect(attempts).toMatchObject([
      {
        scheduled: 5,
        started: 6,
        ended: 7,
        failed: true,
        error: 'Payments.ProcessorUnavailable',
      },
      { scheduled: 8, started: 9, ended: 10, failed: false, error: '' },
    ])
    for (const it of attempts) expect(it.fuel).toBeGreaterThan(0)
  })

  it('stood otherwise at each event, wherever one comes from', () => {
    const standing = new Standing(it1)
    const charge = it1.spans.find((it) => it.name === 'ChargeCard')!
    const at = (event: number) => standing.moveTo(event).status(charge)
    expect([4, 7, 8, 11, 40].map(at)).toEqual([
      'running',
      'retrying',
      'running',
      'succeeded',
      'succeeded',
    ])
    expect([11, 8, 7, 4, 3].map(at)).toEqual([
      'succeeded',
      'running',
      'retrying',
      'running',
      undefined,
    ])
  })
})

describe('an order that was refunded', () => {
  const it1 = history(ORDER_REFUNDED)

  it('tells what failed from what was given up and what was caught', () => {
    expect(states(it1)).toEqual([
      'NeedsPayment succeeded',
      'ChargeCard succeeded',
      'Fulfil caught',
      'Fulfil[0]/SendConfirmation aborted',
      'Fulfil[1]/RenderInvoice failed',
      'Fulfil[2]/CreateCredentials aborted',
      'RevokeCredentials succeeded',
      'WasCharged succeeded',
      'RefundPayment succeeded',
      'TellOfFailure succeeded',
      'TellOfFailure[0]/SendFailureEmail succeeded',
      'TellOfFailure[1]/OpenTicket succeeded',
      'OrderFailed failed',
    ])
    expect(it1.execution?.status).toBe('failed')
    expect(it1.spans.filter((it) => it.kind === 'branch').map(line)).toEqual([
      'Fulfil[0] aborted',
      'Fulfil[1] failed',
      'Fulfil[2] aborted',
      'TellOfFailure[0] succeeded',
      'TellOfFailure[1] succeeded',
    ])
  })

  it('knows the state before each', () => {
    const refund = it1.spans.find((it) => it.name === 'RefundPayment')
    expect(refund?.before?.name).toBe('WasCharged')
    expect(it1.spans.find((it) => it.name === 'OpenTicket')?.before).toBeUndefined()
  })
})

describe('a Map that was tried twice', () => {
  const it1 = history(MAP_RETRIED)
  const map = it1.spans.find((it) => it.type === 'Map')!

  it('has the iterations of each attempt', () => {
    expect(map.attempts.map((it) => [it.failed, it.error])).toEqual([
      [true, ''],
      [true, ''],
    ])
    const rounds = [0, 1].map((round) => map.children.filter((it) => it.round === round))
    for (const iterations of rounds)
      expect(iterations.map((it) => [it.index, it.status])).toEqual([
        [0, 'succeeded'],
        [1, 'succeeded'],
        [2, 'succeeded'],
        [3, 'succeeded'],
        [4, 'failed'],
        [5, 'aborted'],
      ])
    expect(strandsOf(map, 60)).toHaveLength(2)
    expect(strandsOf(map)).toEqual(rounds[1])
  })

  it('has Parallels within iterations', () => {
    expect(states(it1)).toContain('Orders[3]/Both[0]/W succeeded')
    expect(states(it1)).toContain('Orders[1]/Both[1]/Right succeeded')
    expect(states(it1)).toContain('Orders[4]/Bad failed')
    expect(map.status).toBe('failed')
  })
})

describe('a Map of which one iteration was redriven', () => {
  const it1 = history(MAP_REDRIVEN)

  it('goes on in that iteration', () => {
    const charge = it1.spans.find((it) => line(it).startsWith('Charges[1]/Charge'))!
    expect(charge.attempts.map((it) => [it.scheduled, it.failed, it.redriven])).toEqual([
      [9, true, false],
      [41, true, true],
    ])
    const standing = new Standing(it1)
    expect(standing.moveTo(39).status(charge.parent!)).toBe('failed')
    expect(standing.moveTo(41).status(charge.parent!)).toBe('running')
    expect(standing.status(charge.parent!.parent!)).toBe('running')
    expect(standing.moveTo(47).status(charge)).toBe('failed')
    expect(it1.redrives).toEqual([40])
  })
})

it('a distributed Map has its Map Run, and no iterations of its own', () => {
  const it1 = history(MAP_DISTRIBUTED)
  const map = it1.spans.find((it) => it.type === 'Map')!
  expect(map).toMatchObject({ status: 'succeeded', length: 50, mapRun: 4, children: [] })
  expect(map.attempts).toMatchObject([{ scheduled: 3, ended: 5, failed: false }])
})

describe('a Parallel that was given up with a Map in it', () => {
  const it1 = history(NESTED_ABORTED)

  it('has all that ran aborted, at any depth', () => {
    expect(it1.spans.map(line)).toEqual([
      ' failed',
      'P caught',
      'P[0] aborted',
      'P[0]/M aborted',
      'P[0]/M[0] aborted',
      'P[0]/M[1] aborted',
      'P[1] failed',
      'P[1]/T succeeded',
      'P[2] aborted',
      'P[2]/W2 aborted',
      'P[0]/M[0]/Slow aborted',
      'P[0]/M[1]/Slow aborted',
      'P[1]/Boom failed',
      'E failed',
    ])
  })
})

describe('taking in', () => {
  it.each([
    ORDER_RETRIED,
    ORDER_REFUNDED,
    MAP_RETRIED,
    MAP_REDRIVEN,
    NESTED_ABORTED,
    PARALLEL_RETRIED,
    EVALUATION_RETRIED,
    FAIL_REDRIVEN,
  ])('is the same in one go or event by event', (lines) => {
    const whole = history(lines)
    const events = recorded(lines)
    const bitwise = new History()
    for (let id = 0; id < events.length; id++) bitwise.append(outlineOf(events, id, 1))
    expect(bitwise.spans.map(line)).toEqual(whole.spans.map(line))
    expect(bitwise.changes).toEqual(whole.changes)
    expect(bitwise.failures).toEqual(whole.failures)
    // What is known already changes nothing.
    bitwise.append(outlineOf(events))
    expect(bitwise.last).toBe(events.length)
  })

  it('refuses a history with a gap', () => {
    const events = recorded(ORDER_RETRIED)
    expect(() => new History().append(outlineOf(events, 3))).toThrow('event 1 is missing')
  })

  it('has each of 25,000 events, and can go from any to any other', () => {
    const big = new History()
    big.append(bigMap(6240))
    expect(big.last).toBeGreaterThan(24_900)
    const standing = new Standing(big)
    const succeeded = (event: number) => {
      const each = standing.moveTo(event).visits(big.execution!).get('Each') ?? []
      return each.filter((it) => standing.status(it) === 'succeeded').length
    }
    const half = succeeded(12_000)
    expect(half).toBeGreaterThan(2_900)
    expect(half).toBeLessThan(3_100)
    expect(succeeded(big.last)).toBe(6240)
    expect(succeeded(12_000)).toBe(half)
  })
})
