// A workflow as one column of states: for a chain, which needs nothing else, and for what is too much
// for dagre.

import { order, END, START, type Transition, type Workflow } from './graph'

export interface Point {
  x: number
  y: number
}

export interface Size {
  width: number
  height: number
}

export interface Placed {
  width: number
  height: number
  /** The middles of states. */
  at: Map<string, Point>
  /** Of the transitions, in their order. */
  routes: ({ points: Point[]; label?: Point } | undefined)[]
}

const MARGIN = 4
const BETWEEN = 34
/** Between ways beside the column. */
const LANE = 10
const LANES = 12

/** How wide a label is, about. */
export function widthOf(label: string): number {
  return label.length * 6.2 + 8
}

/** Whether one state leads to the next, and none to any other. */
export function isChain(names: string[], transitions: Transition[]): boolean {
  const from = new Set(transitions.map((it) => it.from))
  const to = new Set(transitions.map((it) => it.to))
  return (
    transitions.length === names.length - 1 &&
    from.size === transitions.length &&
    to.size === transitions.length &&
    // Otherwise some of them lead around in a circle.
    chain(names, transitions).length === names.length
  )
}

function chain(names: string[], transitions: Transition[]): string[] {
  const next = new Map(transitions.map((it) => [it.from, it.to]))
  const reached = new Set(next.values())
  const found: string[] = []
  let name = names.find((it) => !reached.has(it))
  while (name !== undefined && found.length < names.length) {
    found.push(name)
    name = next.get(name)
  }
  return found
}

/** Places states below one another in the order of reading, and ways that skip some beside them. */
export function column(
  workflow: Workflow,
  sizes: ReadonlyMap<string, Size>,
  transitions: Transition[],
): Placed {
  const names = [START, ...order(workflow), END].filter((name) => sizes.has(name))
  const wide = Math.max(0, ...[...sizes.values()].map((it) => it.width))
  const middle = MARGIN + wide / 2
  const at = new Map<string, Point>()
  const rows = new Map(names.map((name, row) => [name, row]))
  let y = MARGIN
  for (const name of names) {
    const { height } = sizes.get(name)!
    at.set(name, { x: middle, y: y + height / 2 })
    y += height + BETWEEN
  }
  let right = MARGIN + wide
  let lane = 0
  const routes = transitions.map(({ from, to, label }) => {
    const [a, b] = [at.get(from)!, at.get(to)!]
    const above = a.y + sizes.get(from)!.height / 2
    const below = b.y - sizes.get(to)!.height / 2
    if (rows.get(to) === rows.get(from)! + 1) {
      const route = {
        points: [
          { x: middle, y: above },
          { x: middle, y: below },
        ],
      }
      return label ? { ...route, label: { x: middle, y: (above + below) / 2 } } : route
    }
    const x = MARGIN + wide + LANE * (1 + (lane++ % LANES))
    right = Math.max(right, x)
    const out = { x: a.x + sizes.get(from)!.width / 2, y: a.y }
    const back = { x: b.x + sizes.get(to)!.width / 2, y: b.y }
    const points = [out, { x, y: a.y }, { x, y: b.y }, back]
    if (!label) return { points }
    // Beside all lanes, where it hides no state.
    const width = widthOf(label)
    const beside = MARGIN + wide + LANE * (LANES + 1)
    right = Math.max(right, beside + width)
    return { points, label: { x: beside + width / 2, y: (a.y + b.y) / 2 } }
  })
  return { width: right + MARGIN, height: y - BETWEEN + MARGIN, at, routes }
}
