import { expect, test } from 'vitest'
import { column, isChain } from './column'
import { graphOf, ROOT, type Transition } from './graph'
import { layoutOf, SIZES } from './layout'

const way = (from: string, to: string): Transition => ({ id: from + to, from, to, kind: 'next' })

test('a chain is told from what is none', () => {
  expect(isChain(['b', 'a', 'c'], [way('a', 'b'), way('b', 'c')])).toBe(true)
  expect(isChain(['a'], [])).toBe(true)
  expect(isChain(['a', 'b', 'c'], [way('a', 'b'), way('a', 'c')])).toBe(false)
  expect(isChain(['a', 'b', 'c'], [way('a', 'c'), way('b', 'c')])).toBe(false)
  expect(isChain(['a', 'b', 'c'], [way('b', 'c'), way('c', 'b')])).toBe(false)
  expect(isChain(['a', 'b'], [])).toBe(false)
})

function long(states: number, more: object = {}): string {
  const names = Array.from({ length: states }, (_, i) => `S${i}`)
  const all = names.map((name, i) => [
    name,
    { Type: 'Task', ...(names[i + 1] ? { Next: names[i + 1] } : { End: true }), ...more },
  ])
  return JSON.stringify({ StartAt: 'S0', States: Object.fromEntries(all) })
}

test('a chain of thousands of states is laid out, as a short one is', () => {
  const { states, routes, start, end, width } = layoutOf(graphOf(long(2000)))
  expect(states.size).toBe(2000)
  expect(routes.length).toBe(2001)
  const [a, b, last] = ['S0', 'S1', 'S1999'].map((name) => states.get(name)!)
  expect(width).toBeGreaterThan(SIZES.width)
  expect(start!.y + start!.height).toBeLessThan(a!.y)
  expect(b!.y - a!.y).toBe(SIZES.height + 34)
  expect(last!.y + last!.height).toBeLessThan(end!.y)
  expect(routes[1]!.points.map((it) => it.y)).toEqual([a!.y + a!.height, b!.y])
})

test('what is too deep for dagre is laid out, with the ways that skip states beside them', () => {
  const catching = { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'S2999' }] }
  const { states, routes, width, height } = layoutOf(graphOf(long(3000, catching)))
  expect(states.size).toBe(3000)
  expect(routes.length).toBeGreaterThan(5000)
  for (const { points } of routes)
    for (const { x, y } of points) {
      expect(x >= 0 && x <= width).toBe(true)
      expect(y >= 0 && y <= height).toBe(true)
    }
})

test('ways that skip states pass none of them', () => {
  const graph = graphOf(
    JSON.stringify({
      StartAt: 'A',
      States: {
        A: { Type: 'Task', Next: 'B', Catch: [{ ErrorEquals: ['E'], Next: 'C' }] },
        B: { Type: 'Task', Next: 'C' },
        C: { Type: 'Succeed' },
      },
    }),
  )
  const workflow = graph.workflows.get(ROOT)!
  const sizes = new Map(workflow.states.map((name) => [name, { width: 100, height: 40 }]))
  const { at, routes, width } = column(workflow, sizes, workflow.transitions)
  const skips = routes[workflow.transitions.findIndex((it) => it.kind === 'catch')]!
  expect(skips.points.map((it) => it.y)).toEqual([
    at.get('A')!.y,
    at.get('A')!.y,
    at.get('C')!.y,
    at.get('C')!.y,
  ])
  for (const { x } of skips.points) expect(x >= at.get('B')!.x + 50 && x <= width).toBe(true)
  expect(skips.label).toBeDefined()
})
