// Which variables a state could read when it was entered.
// https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html

import type { Graph } from './graph'
import type { Span } from './spans'

/**
 * The events that may have assigned variables which a visit could read, in the order in which they
 * came: exits, before it was entered, of states that assign some, in its own branch or iteration and in
 * those around it.
 */
export function assignments(graph: Graph, visit: Span): number[] {
  const events: number[] = []
  for (let it: Span | undefined = visit; it; it = it.parent) {
    if (it.kind !== 'state' || !it.parent) continue
    for (const { name, left } of it.parent.children)
      if (left && left < visit.entered && assigns(graph, name)) events.push(left)
  }
  return events.sort((a, b) => a - b)
}

/** Whether a state assigns variables, of itself or in one of its catchers or rules. */
export function assigns(graph: Graph, name: string): boolean {
  const { definition } = graph.states.get(name) ?? { definition: {} }
  const { Assign, Catch, Choices } = definition as Record<string, unknown>
  const parts = [Catch, Choices].flatMap((it) => (Array.isArray(it) ? (it as unknown[]) : []))
  return (
    Assign !== undefined ||
    parts.some((it) => typeof it === 'object' && it !== null && 'Assign' in it)
  )
}

/** The variables after assignments in this order: a name has the value that came last. */
export function assigned(assignments: Record<string, string>[]): string {
  const variables = new Map<string, string>()
  for (const each of assignments)
    for (const [name, value] of Object.entries(each)) variables.set(name, value)
  const members = [...variables].map(([name, value]) => `${JSON.stringify(name)}: ${value}`)
  return `{${members.join(', ')}}`
}
