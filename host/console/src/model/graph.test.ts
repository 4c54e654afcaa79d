import { describe, expect, it } from 'vitest'
import ORDERS from '../../../../examples/order-fulfilment/order-fulfilment.asl.json?raw'
import { condition, short } from './conditions'
import { graphOf, groupsOf, order, ROOT } from './graph'
import { layoutOf, path, SIZES } from './layout'

describe('the graph of the example order', () => {
  const graph = graphOf(ORDERS)

  it('has all states, each in its workflow', () => {
    expect(graph.problems).toEqual([])
    expect(graph.states.size).toBe(22)
    expect(graph.states.get('RenderInvoice')?.workflow).toBe('Fulfil/1')
    expect(groupsOf(graph, 'RenderInvoice')).toEqual(['Fulfil'])
    expect(groupsOf(graph, 'Fulfil')).toEqual([])
    expect(graph.states.get('Fulfil')?.inner).toEqual(['Fulfil/0', 'Fulfil/1', 'Fulfil/2'])
  })

  it('has the ways between them with what decides', () => {
    const { transitions, ends, startAt } = graph.workflows.get(ROOT)!
    expect(startAt).toBe('NeedsPayment')
    expect(ends).toEqual(['OrderFulfilled', 'OrderFailed'])
    const from = (name: string) =>
      transitions.filter((it) => it.from === name).map((it) => [it.kind, it.to, it.label])
    expect(from('NeedsPayment')).toEqual([
      ['choice', 'ChargeCard', '$.total > 0'],
      ['default', 'NothingToCharge', 'otherwise'],
    ])
    expect(from('ChargeCard')).toEqual([
      ['next', 'Fulfil', undefined],
      ['catch', 'TellOfFailure', 'any error'],
    ])
  })

  it('is read in the order in which states are reached', () => {
    const names = order(graph.workflows.get(ROOT)!)
    expect(names.slice(0, 4)).toEqual(['NeedsPayment', 'ChargeCard', 'NothingToCharge', 'Fulfil'])
    expect(names.at(-1)).toBe('OrderFailed')
    expect(names.length).toBe(graph.workflows.get(ROOT)!.states.length)
  })

  it('is laid out with groups around what is in them, and nothing over anything else', () => {
    const { states, branches, routes, width, height, start, end } = layoutOf(graph)
    const group = states.get('Fulfil')!
    const inner = states.get('RenderInvoice')!
    expect(inner.x).toBeGreaterThan(group.x)
    expect(inner.x + inner.width).toBeLessThan(group.x + group.width)
    expect(inner.y).toBeGreaterThanOrEqual(group.y + SIZES.bar)
    expect(inner.y + inner.height).toBeLessThan(group.y + group.height)
    expect(branches.size).toBe(5)
    expect(start!.y).toBeLessThan(states.get('NeedsPayment')!.y)
    expect(end!.y).toBeGreaterThan(states.get('OrderFailed')!.y)
    const outer = graph.workflows.get(ROOT)!.states.map((name) => states.get(name)!)
    for (const a of outer)
      for (const b of outer) {
        const apart =
          a.x + a.width <= b.x ||
          b.x + b.width <= a.x ||
          a.y + a.height <= b.y ||
          b.y + b.height <= a.y
        expect(a === b || apart).toBe(true)
      }
    for (const { points } of routes)
      for (const { x, y } of points) {
        expect(x).toBeGreaterThanOrEqual(0)
        expect(x).toBeLessThanOrEqual(width)
        expect(y).toBeLessThanOrEqual(height)
      }
  })

  it('gets smaller where groups are folded', () => {
    const open = layoutOf(graph)
    const folded = layoutOf(graph, new Set(['Fulfil']))
    expect(folded.states.get('Fulfil')!.height).toBe(SIZES.height)
    expect(folded.states.has('RenderInvoice')).toBe(false)
    expect(folded.height).toBeLessThan(open.height)
  })
})

describe('a definition that is broken', () => {
  it('that is no JSON gives an empty graph and says so', () => {
    const graph = graphOf('{"StartAt": ')
    expect(graph.states.size).toBe(0)
    expect(graph.problems).toHaveLength(1)
    expect(graph.problems[0]).toContain('not JSON')
    expect(layoutOf(graph).states.size).toBe(0)
  })

  it('shows a state that is missing in its place', () => {
    const graph = graphOf('{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"}}}')
    expect(graph.states.get('B')).toMatchObject({ missing: true, type: 'Unknown' })
    expect(graph.problems).toEqual(['There is no state “B” here, but a transition leads to it.'])
    expect(layoutOf(graph).states.has('B')).toBe(true)
  })

  it.each([
    'null',
    '[]',
    '{"States":[]}',
    '{"States":{"A":null,"B":{"Type":7,"Next":{},"Catch":[1,{"Next":"A"}]}}}',
    '{"States":{"P":{"Type":"Parallel","Branches":[null,{}]},"M":{"Type":"Map"}}}',
    '{"StartAt":"A","States":{"A":{"Type":"Choice","Choices":[null,{"Next":"A"}]}}}',
  ])('%s is laid out all the same', (text) => {
    const graph = graphOf(text)
    expect(layoutOf(graph).states.size).toBe(graph.states.size)
  })

  it('keeps the first of two states of one name', () => {
    const inner = '{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}'
    const graph = graphOf(
      `{"StartAt":"A","States":{"A":{"Type":"Parallel","Branches":[${inner}],"End":true}}}`,
    )
    expect(graph.states.get('A')?.type).toBe('Parallel')
    expect(graph.problems).toContain('There is more than one state “A”.')
  })
})

describe('Maps', () => {
  it('are groups of their processor, in the old form too', () => {
    const processor = '{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}'
    for (const key of ['ItemProcessor', 'Iterator']) {
      const graph = graphOf(`{"StartAt":"M","States":{"M":{"Type":"Map","${key}":${processor}}}}`)
      expect(graph.states.get('M')?.inner).toEqual(['M/0'])
      expect(groupsOf(graph, 'A')).toEqual(['M'])
    }
  })

  it('say where their iterations are executions', () => {
    const graph = graphOf(
      '{"States":{"M":{"Type":"Map","ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED"}}}}}',
    )
    expect(graph.states.get('M')?.distributed).toBe(true)
  })
})

describe('conditions', () => {
  it.each([
    [{ Variable: '$.a', NumericGreaterThanEquals: 5 }, '$.a ≥ 5'],
    [{ Variable: '$.a', StringEquals: 'x' }, '$.a = "x"'],
    [{ Variable: '$.a', TimestampLessThanPath: '$.b' }, '$.a < $.b'],
    [{ Variable: '$.a', IsPresent: false }, '$.a is not present'],
    [{ Variable: '$.a', StringMatches: 'x*' }, '$.a matches "x*"'],
    [{ Not: { Variable: '$.a', IsNull: true } }, 'not $.a is null'],
    [
      {
        And: [
          { Variable: '$.a', IsString: true },
          {
            Or: [
              { Variable: '$.b', BooleanEquals: true },
              { Variable: '$.c', IsNumeric: true },
            ],
          },
        ],
      },
      '$.a is a string and ($.b = true or $.c is a number)',
    ],
    [{ Condition: '{% $states.input.total\n > 0 %}' }, '$states.input.total > 0'],
    [null, 'null'],
    [{}, '?'],
  ])('%j', (rule, text) => {
    expect(condition(rule)).toBe(text)
  })

  it('are cut by characters', () => {
    expect(short('abcdef', 6)).toBe('abcdef')
    expect(short('abcdefg', 6)).toBe('abcde…')
    expect(short('😀😀😀', 2)).toBe('😀…')
  })

  it('that lead to one state are one way', () => {
    const rule = (value: number) => ({ Variable: '$.a', NumericEquals: value, Next: 'B' })
    const states = {
      A: { Type: 'Choice', Choices: [rule(1), rule(2)] },
      B: { Type: 'Succeed' },
    }
    const graph = graphOf(JSON.stringify({ StartAt: 'A', States: states }))
    expect(graph.workflows.get(ROOT)!.transitions).toMatchObject([
      { kind: 'choice', to: 'B', label: '$.a = 1 +1', full: '$.a = 1\n$.a = 2' },
    ])
  })
})

it('paths go round corners', () => {
  const points = [
    { x: 0, y: 0 },
    { x: 0, y: 20 },
    { x: 20, y: 20 },
  ]
  expect(path(points, 5)).toBe('M0 0L0 15Q0 20 5 20L20 20')
  expect(path([])).toBe('')
})
