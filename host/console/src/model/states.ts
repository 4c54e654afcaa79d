// Which state of a definition a place in its text belongs to.

import { steps, type Place } from './json'

/** The innermost state that a JSON pointer leads into, and the way from there. */
function led(pointer: string): { name?: string; rest: string[] } {
  let name: string | undefined
  let rest = steps(pointer)
  for (;;) {
    // From a state on the way leads to the states in it, or into what else it has.
    const inner =
      rest[0] === 'Branches' ? 2 : ['ItemProcessor', 'Iterator'].includes(rest[0]!) ? 1 : 0
    const [states, next] = rest.slice(name === undefined ? 0 : inner)
    if (states !== 'States' || next === undefined || (name !== undefined && !inner)) break
    name = next
    rest = rest.slice(inner + 2)
  }
  return name === undefined ? { rest } : { name, rest }
}

/** The name of the innermost state that a JSON pointer leads into. */
export function stateOf(pointer: string): string | undefined {
  return led(pointer).name
}

/** What is wrong with a state. */
export interface StateProblems {
  isError: boolean
  messages: string[]
}

/** What is wrong with states, by their names; `names` says of a problem which state it is about. */
export function troubled<P extends { severity: string; message: string }>(
  problems: P[],
  names: (problem: P) => string | undefined,
): Map<string, StateProblems> {
  const all = new Map<string, StateProblems>()
  for (const problem of problems) {
    const name = names(problem)
    if (name === undefined) continue
    const { isError, messages } = all.get(name) ?? { isError: false, messages: [] }
    all.set(name, {
      isError: isError || problem.severity === 'ERROR',
      messages: [...messages, problem.message],
    })
  }
  return all
}

/** The place of a state. */
export function placeOf(all: Map<string, Place>, name: string): Place | undefined {
  for (const [pointer, place] of all) {
    const { name: found, rest } = led(pointer)
    if (found === name && !rest.length) return place
  }
  return undefined
}
