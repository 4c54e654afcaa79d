// Characters that cannot be seen, or that change the order in which others are: shown as JSON escapes
// them, so that no text looks like another.

/** Controls but for tabs and breaks; joiners, spaces without width, marks and overrides of direction. */
const HIDDEN =
  /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g

const escape = (it: string) => '\\u' + it.charCodeAt(0).toString(16).padStart(4, '0')

export interface Seen {
  text: string
  /** Whether it stands for a character that cannot be seen. */
  escaped: boolean
}

/** A text with what cannot be seen in it as escapes. In JSON it is the same value. */
export function visible(text: string): string {
  return text.replace(HIDDEN, escape)
}

/** The same in pieces. */
export function seen(text: string): Seen[] {
  const found: Seen[] = []
  let from = 0
  const plain = (to: number) => {
    if (to > from) found.push({ text: text.slice(from, to), escaped: false })
  }
  for (const { 0: hidden, index } of text.matchAll(HIDDEN)) {
    plain(index)
    found.push({ text: escape(hidden), escaped: true })
    from = index + 1
  }
  plain(text.length)
  return found
}

/** The offsets of what cannot be seen. */
export function hidden(text: string): number[] {
  return [...text.matchAll(HIDDEN)].map((it) => it.index)
}
