// The input that is entered for an execution: its text, whoever changes it, and what is wrong with it.

import { SvelteSet } from 'svelte/reactivity'
import { formatted, nearest, places, read, type Json } from '../../model/json'
import type { Schema } from '../../model/schema'
import { validate } from '../../model/validate'

export function pretty(value: Json): string {
  return JSON.stringify(value, null, 2)
}

export class Entered {
  readonly #schema: () => Schema | undefined
  /** None before it is known what there is to begin with. */
  text = $state<string>()
  /** What the text was before anybody changed it. */
  given = $state('')
  /** Counts how often the text was replaced as a whole: forms begin anew then. */
  filled = $state(0)
  /** Fields of the form whose text is no value; the input does not have what is in them. */
  readonly broken = new SvelteSet<string>()
  parsed = $derived(this.text === undefined ? undefined : read(this.text))
  faults = $derived.by(() => {
    const schema = this.#schema()
    return schema && this.parsed && 'value' in this.parsed
      ? validate(schema, this.parsed.value)
      : []
  })
  /** What is wrong, by JSON pointers. */
  faultsAt = $derived.by(() => {
    const at = new Map<string, string[]>()
    for (const { pointer, message } of this.faults)
      at.set(pointer, [...new Set([...(at.get(pointer) ?? []), message])])
    return at
  })
  /** What is wrong, by places in the text. */
  marks = $derived.by(() => {
    const { text, parsed } = this
    if (!parsed || text === undefined) return []
    if ('wrong' in parsed)
      return [
        {
          from: parsed.at,
          to: parsed.at + 1,
          severity: 'ERROR' as const,
          message: parsed.wrong,
          pointer: '',
        },
      ]
    const where = places(text)
    return this.faults.map(({ pointer, message }) => {
      const place = nearest(where, pointer) ?? { from: 0, to: 1 }
      // Of what is long its beginning is enough.
      const open = '{['.includes(text[place.from]!)
      const { from, to } = open ? (place.key ?? { from: place.from, to: place.from + 1 }) : place
      return { from, to, severity: 'WARNING' as const, message, pointer }
    })
  })

  constructor(schema: () => Schema | undefined) {
    this.#schema = schema
  }

  /** Whether an execution can be started with it. */
  get ready(): boolean {
    return this.parsed !== undefined && 'value' in this.parsed && !this.broken.size
  }

  fill(input: string): void {
    // What is laid out over lines stays as it is.
    const isLine = 'value' in read(input) && !input.trim().includes('\n')
    this.given = isLine ? formatted(input) : input.trimEnd()
    this.reset()
  }

  reset(): void {
    this.text = this.given
    this.filled++
  }
}
