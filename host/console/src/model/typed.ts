// What is typed as JSON, which is no value as long as it is incomplete.

import { read, type Json } from './json'

export interface Typed {
  text: string
  /** Why it is no value. */
  fault?: string
  /** The value that it was typed for, as JSON; once there is another it is not shown any more. */
  of: string | undefined
}

/** What becomes of a value when a text is typed for it, and of the text. */
export function entered(
  text: string,
  value: Json | undefined,
  required: boolean,
): Typed & { change?: { value: Json | undefined } } {
  const of = JSON.stringify(value) as string | undefined
  if (!text.trim())
    return required
      ? { text, of, fault: 'A value is required.' }
      : { text, of: undefined, change: { value: undefined } }
  const parsed = read(text)
  if ('wrong' in parsed) return { text, of, fault: parsed.wrong }
  return { text, of: JSON.stringify(parsed.value), change: { value: parsed.value } }
}

/** What was typed, where it is still of the value that there is. */
export function typing(typed: Typed | undefined, value: Json | undefined): Typed | undefined {
  return typed?.of === JSON.stringify(value) ? typed : undefined
}
