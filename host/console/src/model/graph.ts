// A definition as a graph: its states, and the ways between them. A definition that is broken in
// places gives the graph of what can be read.

import { condition, short } from './conditions'

export type StateType =
  'Pass' | 'Task' | 'Choice' | 'Wait' | 'Succeed' | 'Fail' | 'Parallel' | 'Map' | 'Unknown'

/** A state, or what stands for one that a transition names and that is missing. */
export interface GraphState {
  /** Its name, which no other state of the definition has. */
  id: string
  name: string
  type: StateType
  missing: boolean
  /** The workflow that it is in. */
  workflow: string
  /** The workflows in it: a Parallel's branches, a Map's processor. */
  inner: string[]
  /** What a Task runs. */
  resource?: string
  comment?: string
  /** Whether a Map runs its iterations as executions of their own. */
  distributed: boolean
  /** As the definition has it. */
  definition: Record<string, unknown>
}

export interface Transition {
  id: string
  from: string
  to: string
  kind: 'next' | 'choice' | 'default' | 'catch'
  /** A few words: a condition, the errors of a catcher. */
  label?: string
  /** All of it, where the label is cut. */
  full?: string
}

/** The states of a machine, of a branch or of a Map's processor. */
export interface Workflow {
  /** `''` of the machine, `Fulfil/0` of a state's first. */
  id: string
  /** The Parallel or Map. */
  owner?: string
  startAt?: string
  /** In the order of the definition. */
  states: string[]
  transitions: Transition[]
  /** States after which it ends. */
  ends: string[]
}

export interface Graph {
  states: Map<string, GraphState>
  workflows: Map<string, Workflow>
  comment?: string
  /** Why something of the definition is not in it. */
  problems: string[]
}

/** The workflow of the machine itself. */
export const ROOT = ''

/** What stands for the beginning and the end of the machine, in the ways from and to them. */
export const START = '\0start'
export const END = '\0end'

const TYPES = new Set<string>([
  'Pass',
  'Task',
  'Choice',
  'Wait',
  'Succeed',
  'Fail',
  'Parallel',
  'Map',
])

/** How long a label may be. */
const LABEL = 30

type Members = Record<string, unknown>

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const string = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined

/** The graph of a definition's text. */
export function graphOf(definition: string): Graph {
  const graph: Graph = { states: new Map(), workflows: new Map(), problems: [] }
  let machine: unknown
  try {
    machine = JSON.parse(definition)
  } catch (error) {
    graph.problems.push(`The definition is not JSON: ${(error as Error).message}`)
    machine = {}
  }
  if (isObject(machine)) {
    const comment = string(machine.Comment)
    if (comment) graph.comment = comment
  }
  read(graph, machine, ROOT)
  return graph
}

function read(graph: Graph, value: unknown, id: string, owner?: string): void {
  const members = isObject(value) ? value : {}
  const workflow: Workflow = { id, states: [], transitions: [], ends: [] }
  if (owner !== undefined) workflow.owner = owner
  graph.workflows.set(id, workflow)
  const states = isObject(members.States) ? members.States : {}
  if (!isObject(members.States) && !graph.problems.length)
    graph.problems.push(owner ? `“${owner}” has no States in it.` : 'It has no States.')
  for (const [name, definition] of Object.entries(states)) {
    if (graph.states.has(name)) {
      graph.problems.push(`There is more than one state “${name}”.`)
      continue
    }
    const it = isObject(definition) ? definition : {}
    const type = string(it.Type) ?? ''
    const state: GraphState = {
      id: name,
      name,
      type: TYPES.has(type) ? (type as StateType) : 'Unknown',
      missing: false,
      workflow: id,
      inner: [],
      distributed: false,
      definition: it,
    }
    const resource = string(it.Resource)
    if (resource) state.resource = resource
    const comment = string(it.Comment)
    if (comment) state.comment = comment
    graph.states.set(name, state)
    workflow.states.push(name)
  }
  for (const name of [...workflow.states]) {
    const state = graph.states.get(name)!
    leave(graph, workflow, state)
    inner(graph, state)
  }
  const startAt = string(members.StartAt)
  if (startAt !== undefined) {
    workflow.startAt = startAt
    require(graph, workflow, startAt)
  }
}

function inner(graph: Graph, state: GraphState): void {
  const { Branches, ItemProcessor, Iterator } = state.definition
  let workflows: unknown[] = []
  if (state.type === 'Parallel' && Array.isArray(Branches)) workflows = Branches
  const processor = ItemProcessor ?? Iterator
  if (state.type === 'Map' && processor !== undefined) {
    workflows = [processor]
    const config = isObject(processor) ? processor.ProcessorConfig : undefined
    state.distributed = isObject(config) && config.Mode === 'DISTRIBUTED'
  }
  for (const [index, each] of workflows.entries()) {
    const id = `${state.id}/${index}`
    state.inner.push(id)
    read(graph, each, id, state.id)
  }
}

function leave(graph: Graph, workflow: Workflow, state: GraphState): void {
  const { definition: it } = state
  const go = (to: unknown, kind: Transition['kind'], full?: string) => {
    if (typeof to !== 'string') return
    require(graph, workflow, to)
    // Ways that differ in nothing but their condition are one.
    const same = workflow.transitions.find(
      (each) => each.from === state.id && each.to === to && each.kind === kind,
    )
    if (same) {
      if (full) same.full = same.full ? `${same.full}\n${full}` : full
      const lines = same.full?.split('\n').length ?? 1
      same.label = `${short(same.full?.split('\n')[0] ?? '', LABEL - 5)} +${lines - 1}`
      return
    }
    const transition: Transition = {
      id: `${state.id}→${to} ${kind}`,
      from: state.id,
      to,
      kind,
    }
    if (full) Object.assign(transition, { full, label: short(full, LABEL) })
    workflow.transitions.push(transition)
  }
  if (state.type === 'Choice') {
    const rules = Array.isArray(it.Choices) ? it.Choices : []
    for (const rule of rules) if (isObject(rule)) go(rule.Next, 'choice', condition(rule))
    go(it.Default, 'default', rules.length ? 'otherwise' : undefined)
  } else go(it.Next, 'next')
  const catchers = Array.isArray(it.Catch) ? it.Catch : []
  for (const catcher of catchers) {
    if (!isObject(catcher)) continue
    const errors = Array.isArray(catcher.ErrorEquals) ? catcher.ErrorEquals.map(String) : []
    const any = errors.includes('States.ALL')
    go(catcher.Next, 'catch', any ? 'any error' : errors.join(', '))
  }
  if (it.End === true || state.type === 'Succeed' || state.type === 'Fail')
    workflow.ends.push(state.id)
}

/** Where a name is none of the workflow's states, something stands for it. */
function require(graph: Graph, workflow: Workflow, name: string): void {
  if (workflow.states.includes(name)) return
  graph.problems.push(`There is no state “${name}” here, but a transition leads to it.`)
  workflow.states.push(name)
  if (graph.states.has(name)) return
  graph.states.set(name, {
    id: name,
    name,
    type: 'Unknown',
    missing: true,
    workflow: workflow.id,
    inner: [],
    distributed: false,
    definition: {},
  })
}

/** The Parallels and Maps that a state is in, the outermost first. */
export function groupsOf(graph: Graph, id: string): string[] {
  const groups: string[] = []
  let state = graph.states.get(id)
  while (state) {
    const owner = graph.workflows.get(state.workflow)?.owner
    if (owner !== undefined) groups.unshift(owner)
    state = owner === undefined ? undefined : graph.states.get(owner)
  }
  return groups
}

/**
 * The states of a workflow in the order in which to read them: each behind those that lead to it, the
 * likely way first; what is never reached comes last.
 */
export function order(workflow: Workflow): string[] {
  const after = new Map<string, string[]>()
  for (const likely of [false, true])
    for (const { from, to, kind } of workflow.transitions.toReversed())
      if ((kind !== 'catch') === likely) after.set(from, [...(after.get(from) ?? []), to])
  const seen = new Set<string>()
  const ordered: string[] = []
  const visit = (name: string) => {
    if (seen.has(name)) return
    seen.add(name)
    for (const next of after.get(name) ?? []) visit(next)
    ordered.unshift(name)
  }
  if (workflow.startAt !== undefined) visit(workflow.startAt)
  return [...ordered, ...workflow.states.filter((name) => !seen.has(name))]
}
