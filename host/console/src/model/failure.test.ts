import { expect, it } from 'vitest'
import { failureOf } from './failure'
import { outlineOf, recorded } from './fixtures/outline'
import MAP_REDRIVEN from './fixtures/map-redriven.jsonl?raw'
import MAP_RETRIED from './fixtures/map-retried.jsonl?raw'
import ORDER_REFUNDED from './fixtures/order-refunded.jsonl?raw'
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
  expect(failure(MAP_RETRIED, 'Bad.Item')).toEqual(['Bad', 4, undefined])
})
