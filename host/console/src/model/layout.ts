// Where the parts of a graph are drawn: each workflow by dagre, those within states first.

import { Graph as Dagre, layout as place } from '@dagrejs/dagre'
import { column, isChain, widthOf, type Placed, type Size } from './column'
import { END, ROOT, START, type Graph, type Transition, type Workflow } from './graph'

export interface Box {
  /** Of the left upper corner, from that of the whole. */
  x: number
  y: number
  width: number
  height: number
}

export interface Route {
  transition: Transition
  points: Point[]
  /** Where its label's middle is. */
  label?: Point
}

export interface Point {
  x: number
  y: number
}

export interface Layout {
  width: number
  height: number
  /** States by their id. Those in folded groups have none. */
  states: Map<string, Box>
  /** Branches of Parallels with more than one, by the id of their workflow. */
  branches: Map<string, Box>
  routes: Route[]
  /** Where the machine starts and where it ends, with the ways there. */
  start?: Box
  end?: Box
}

export const SIZES = {
  width: 228,
  height: 46,
  /** The bar of a group, above what is in it. */
  bar: 40,
  padding: 14,
  /** Between branches. */
  gap: 12,
  terminal: 18,
}

interface Part {
  width: number
  height: number
  /** Relative to the part's left upper corner. */
  states: Map<string, Box>
  branches: Map<string, Box>
  routes: Route[]
  start?: Box
  end?: Box
}

/** Lays a graph out. Groups that are folded are drawn as if nothing were in them. */
export function layoutOf(graph: Graph, folded: ReadonlySet<string> = new Set()): Layout {
  const root = graph.workflows.get(ROOT)
  if (!root) return { width: 0, height: 0, states: new Map(), branches: new Map(), routes: [] }
  return part(graph, root, folded)
}

function part(graph: Graph, workflow: Workflow, folded: ReadonlySet<string>): Part {
  const whole = workflow.id === ROOT
  const sizes = new Map<string, Size>()
  const groups = new Map<string, Part>()
  for (const name of workflow.states) {
    const group = folded.has(name) ? undefined : inside(graph, name, folded)
    if (group) groups.set(name, group)
    const { width, height } = group ?? SIZES
    sizes.set(name, { width, height })
  }
  const terminal = { width: SIZES.terminal, height: SIZES.terminal }
  const transitions = [...workflow.transitions]
  if (whole && workflow.startAt !== undefined) {
    sizes.set(START, terminal)
    transitions.unshift(passage(START, workflow.startAt))
  }
  if (whole && workflow.ends.length) {
    sizes.set(END, terminal)
    for (const name of workflow.ends) transitions.push(passage(name, END))
  }
  const { width, height, at, routes } = placed(workflow, sizes, transitions)
  const made: Part = { width, height, states: new Map(), branches: new Map(), routes: [] }
  for (const [name, { width, height }] of sizes) {
    const { x, y } = at.get(name)!
    const box = { x: x - width / 2, y: y - height / 2, width, height }
    if (name === START) made.start = box
    else if (name === END) made.end = box
    else made.states.set(name, box)
    const group = groups.get(name)
    if (group) include(made, group, box.x, box.y)
  }
  for (const [index, transition] of transitions.entries()) {
    const route = routes[index]
    if (route) made.routes.push({ transition, ...route })
  }
  return made
}

/** Dagre goes deeper with each state on a way, and has no room for very long ones. */
function placed(
  workflow: Workflow,
  sizes: ReadonlyMap<string, Size>,
  transitions: Transition[],
): Placed {
  if (isChain([...sizes.keys()], transitions)) return column(workflow, sizes, transitions)
  try {
    return byDagre(sizes, transitions)
  } catch (error) {
    if (error instanceof RangeError) return column(workflow, sizes, transitions)
    throw error
  }
}

function byDagre(sizes: ReadonlyMap<string, Size>, transitions: Transition[]): Placed {
  const dagre = new Dagre({ multigraph: true })
  dagre.setGraph({ rankdir: 'TB', nodesep: 28, ranksep: 34, edgesep: 16, marginx: 4, marginy: 4 })
  for (const [name, size] of sizes) dagre.setNode(name, { ...size })
  for (const it of transitions) {
    const label = it.label ? { width: widthOf(it.label), height: 16 } : {}
    const weight = it.kind === 'catch' ? 1 : 3
    dagre.setEdge(it.from, it.to, { ...label, labelpos: 'c', weight }, it.id)
  }
  place(dagre)
  const { width = 0, height = 0 } = dagre.graph()
  const at = new Map([...sizes.keys()].map((name) => [name, point(dagre.node(name))]))
  const routes = transitions.map(({ from, to, id, label }) => {
    const edge = dagre.edge(from, to, id)
    if (!edge?.points) return undefined
    return { points: edge.points, ...(label && { label: point(edge) }) }
  })
  return { width, height, at, routes }
}

function point({ x, y }: { x?: number; y?: number }): Point {
  return { x: x!, y: y! }
}

function passage(from: string, to: string): Transition {
  return { id: `${from}→${to}`, from, to, kind: 'next' }
}

/** What is in a Parallel or Map, under its bar; nothing where it has nothing in it. */
function inside(graph: Graph, name: string, folded: ReadonlySet<string>): Part | undefined {
  const state = graph.states.get(name)
  const workflows = (state?.inner ?? []).map((id) => graph.workflows.get(id)!)
  const filled = workflows.filter((it) => it.states.length)
  if (!filled.length) return undefined
  const parts = filled.map((it) => part(graph, it, folded))
  const { bar, padding, gap } = SIZES
  const several = parts.length > 1
  const made: Part = {
    width: 0,
    height: bar + padding + Math.max(...parts.map((it) => it.height)),
    states: new Map(),
    branches: new Map(),
    routes: [],
  }
  const height = made.height - bar - (several ? gap : padding)
  let x = several ? gap : padding
  const y = bar
  for (const [index, it] of parts.entries()) {
    include(made, it, x, y)
    if (several) made.branches.set(filled[index]!.id, { x, y, width: it.width, height })
    x += it.width + gap
  }
  const content = x - gap + (several ? gap : padding)
  made.width = Math.max(content, SIZES.width + 2 * padding)
  const shift = (made.width - content) / 2
  if (shift) move(made, shift)
  return made
}

function include(into: Part, it: Part, x: number, y: number): void {
  for (const [id, box] of it.states) into.states.set(id, { ...box, x: box.x + x, y: box.y + y })
  for (const [id, box] of it.branches) into.branches.set(id, { ...box, x: box.x + x, y: box.y + y })
  for (const route of it.routes) {
    const by = (point: Point) => ({ x: point.x + x, y: point.y + y })
    const moved: Route = { transition: route.transition, points: route.points.map(by) }
    if (route.label) moved.label = by(route.label)
    into.routes.push(moved)
  }
}

function move(it: Part, x: number): void {
  const copy: Part = { ...it, states: new Map(), branches: new Map(), routes: [] }
  include(copy, it, x, 0)
  Object.assign(it, copy)
}

/** A path through points, rounded at the corners. */
export function path(points: Point[], radius = 8): string {
  const [first, ...rest] = points
  if (!first) return ''
  let text = `M${first.x} ${first.y}`
  for (const [index, point] of rest.entries()) {
    const next = rest[index + 1]
    if (!next) {
      text += `L${point.x} ${point.y}`
      break
    }
    const before = points[index]!
    const near = towards(point, before, radius)
    const far = towards(point, next, radius)
    text += `L${near.x} ${near.y}Q${point.x} ${point.y} ${far.x} ${far.y}`
  }
  return text
}

/** The point so far from one on the way to another, but no farther than half of it. */
function towards(from: Point, to: Point, distance: number): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1
  const share = Math.min(distance, length / 2) / length
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share }
}
