// Characters that cannot be seen, or that change the order in which others are: shown as JSON escapes
// them, so that no text looks like another.

/**
 * Controls but for tabs and breaks; joiners, fillers, spaces without width, marks and overrides of
 * direction, tags, selectors of variants but for the one that makes a symbol an emoji. Each match is one
 * code unit, as a JSON escape is.
 */
const HIDDEN = new RegExp(
  [
    /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f]/,
    /[\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff9-\ufffb]/,
    /(?<![\xa9\xae\u203c-\u205f\u2070-\u2bff\u3030\u303d\u3297\u3299]|[\ud83c-\ud83e][\udc00-\udfff])\ufe0f(?!(?<=[#*0-9]\ufe0f)\u20e3)/,
    /\udb40(?=[\udc00-\uddef])|(?<=\udb40)[\udc00-\uddef]/,
  ]
    .map((it) => it.source)
    .join('|'),
  'g',
)

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
