// Which example an input begins with.

/** Names of examples that show the usual case. */
const USUAL = ['default', 'example', 'good', 'success']

/** The example of the usual case, or the first one. */
export function usual<T extends { name: string }>(examples: T[]): T | undefined {
  const found = USUAL.map((name) => examples.find((it) => it.name.toLowerCase() === name))
  return found.find((it) => it !== undefined) ?? examples[0]
}
