import { expect, it } from 'vitest'
import ORDERS from '../../../../examples/order-fulfilment/order-fulfilment.asl.json?raw'
import { outlineOf, recorded } from './fixtures/outline'
import ORDER_RETRIED from './fixtures/order-retried.jsonl?raw'
import { graphOf } from './graph'
import { History } from './history'
import { assigned, assignments, assigns } from './variables'

/** The example order, where some states assign. */
function assigning(...names: string[]): string {
  const machine = JSON.parse(ORDERS, (key, value: unknown) =>
    names.includes(key) ? { ...(value as object), Assign: { x: 1 } } : value,
  ) as unknown
  return JSON.stringify(machine)
}

it('a state reads what was assigned before it, beside it and around it', () => {
  const history = new History()
  history.append(outlineOf(recorded(ORDER_RETRIED)))
  const graph = graphOf(assigning('ChargeCard', 'SendConfirmation', 'AlertCustomerSuccess'))
  const of = (name: string) =>
    assignments(
      graph,
      history.spans.find((it) => it.name === name)!,
    )
  const exit = (name: string) => history.spans.find((it) => it.name === name)!.left
  expect(of('ChargeCard')).toEqual([])
  expect(of('Fulfil')).toEqual([exit('ChargeCard')])
  // Not of the branch beside its own, nor of what is behind it.
  expect(of('RenderInvoice')).toEqual([exit('ChargeCard')])
  expect(of('OrderFulfilled')).toEqual([exit('ChargeCard'), exit('AlertCustomerSuccess')])
})

it('catchers and rules assign, too', () => {
  const state = (members: object) =>
    graphOf(JSON.stringify({ States: { A: { Type: 'Task', ...members } } }))
  expect(assigns(state({}), 'A')).toBe(false)
  expect(assigns(state({ Catch: [{ Assign: {} }] }), 'A')).toBe(true)
  expect(assigns(state({ Choices: [null, { Assign: {} }] }), 'A')).toBe(true)
  expect(assigns(state({}), 'B')).toBe(false)
})

it('the last value of a variable is its own', () => {
  expect(assigned([{ a: '1', b: '"x"' }, { a: '2.50' }])).toBe('{"a": 2.50, "b": "x"}')
})
