// Which binding a key press means, where some are one key and others two after each other.

/** Something that a key does. */
export interface Binding {
  /** `j`, `?`, `Escape`, `ArrowDown`, or two after each other: `g m`. Names as in `KeyboardEvent.key`. */
  keys: string
  /** What it does, as the list of keys says it: `Next row`. */
  does: string
  run: () => void
  /** Whether it counts while somebody types into a field, too; for `Escape` and the like. */
  whileTyping?: boolean
}

/** What a press means: a binding, the first of two keys, or nothing. */
export type Meaning = { binding: Binding } | { pending: string } | undefined

/** What a key means after `pending`. Of bindings with the same keys the last one counts. */
export function meaning(bindings: Binding[], pending: string | undefined, key: string): Meaning {
  const typed = pending ? `${pending} ${key}` : key
  const binding = bindings.findLast((it) => it.keys === typed)
  if (binding) return { binding }
  if (!pending && bindings.some((it) => it.keys.startsWith(`${key} `))) return { pending: key }
  return pending ? meaning(bindings, undefined, key) : undefined
}

/** How the keys are written for people, one part for each press. */
export function written(keys: string): string[] {
  const names: Record<string, string> = {
    Escape: 'Esc',
    ArrowUp: '↑',
    ArrowDown: '↓',
    ArrowLeft: '←',
    ArrowRight: '→',
    ' ': 'Space',
  }
  return keys === ' ' ? ['Space'] : keys.split(' ').map((key) => names[key] ?? key)
}

/** The index after a step through so many rows, -1 where there is none. Stops at both ends. */
export function step(now: number, by: number, rows: number): number {
  if (now < 0) return by > 0 && rows ? 0 : rows - 1
  return Math.min(Math.max(now + by, 0), rows - 1)
}
