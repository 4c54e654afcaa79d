import { describe, expect, it } from 'vitest'
import { attentionOf } from './attention'
import { outlineOf, recorded } from './fixtures/outline'
import MAP_REDRIVEN from './fixtures/map-redriven.jsonl?raw'
import ORDER_REFUNDED from './fixtures/order-refunded.jsonl?raw'
import ORDER_RETRIED from './fixtures/order-retried.jsonl?raw'
import { History } from './history'
import { Standing } from './standing'
import { pathOf } from './spans'

/** The history up to an event, and as it stood at one. */
function at(lines: string, last?: number, event?: number) {
  const history = new History()
  history.append(outlineOf(recorded(lines).slice(0, last)))
  return { history, standing: new Standing(history).moveTo(event ?? history.last) }
}

const seen = (lines: string, last?: number, event?: number, error?: string) => {
  const { history, standing } = at(lines, last, event)
  return attentionOf(history, standing, history.execution!, error)
}

describe('what is to be seen of an execution', () => {
  it('is the innermost state that runs, or waits to be tried again', () => {
    expect(seen(ORDER_RETRIED, 7)).toBe('ChargeCard')
    expect(seen(ORDER_RETRIED, 19)).toBe('CreateCredentials')
    expect(seen(ORDER_RETRIED, 28)).toBe('Fulfil')
  })

  it('is what a failed one failed with, and nothing of one that came to a good end', () => {
    expect(seen(ORDER_REFUNDED, 51, 51, 'Invoices.TotalMismatch')).toBe('RenderInvoice')
    expect(seen(ORDER_RETRIED)).toBeUndefined()
  })

  it('is what an earlier event tells of', () => {
    expect(seen(ORDER_RETRIED, 40, 35)).toBe('AlertCustomerSuccess')
    expect(seen(ORDER_RETRIED, 40, 13)).toBe('Fulfil')
    expect(seen(ORDER_RETRIED, 40, 1)).toBe('NeedsPayment')
  })

  it('is in the iteration that is looked into', () => {
    const { history, standing } = at(MAP_REDRIVEN)
    const iteration = (event: number) =>
      pathOf(history.spanOf[event - 1]!).find((it) => it.kind === 'iteration')!
    const of = (event: number) =>
      attentionOf(history, standing, iteration(event), 'Payments.CardDeclined')
    expect(of(8)).toBe('Charge')
    expect(of(6)).toBeUndefined()
  })
})
