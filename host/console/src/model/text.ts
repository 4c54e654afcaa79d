// A text as an editor shows it: its lines, and what is marked in them.

import { tokens, type TokenKind } from './json'
import { seen } from './visible'

/** Something to be pointed out in a text. */
export interface Mark {
  from: number
  to: number
  severity: 'ERROR' | 'WARNING'
  message: string
}

export interface Lines {
  /** The offset of each line. */
  starts: number[]
  /** How wide the widest one is, about, in characters. */
  width: number
}

export function lines(text: string): Lines {
  const starts = [0]
  let width = 0
  for (let at = text.indexOf('\n'); ; at = text.indexOf('\n', at + 1)) {
    const end = at < 0 ? text.length : at
    width = Math.max(width, wide(text, starts.at(-1)!, end))
    if (at < 0) return { starts, width }
    starts.push(at + 1)
  }
}

/** Characters beyond Latin may be twice as wide. */
function wide(text: string, from: number, to: number): number {
  if (to - from > 5000) return (to - from) * 2
  let width = 0
  for (let i = from; i < to; i++) width += text.charCodeAt(i) < 0x250 && text[i] !== '\t' ? 1 : 2
  return width
}

/** The index of the line that an offset is in. */
export function lineAt({ starts }: Lines, offset: number): number {
  let [low, high] = [0, starts.length - 1]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (starts[middle]! <= offset) low = middle
    else high = middle - 1
  }
  return low
}

/** A line, with the offset at which it begins. */
export function line(text: string, { starts }: Lines, index: number): [string, number] {
  const from = starts[index]!
  const next = starts[index + 1]
  return [text.slice(from, next === undefined ? text.length : next - 1), from]
}

export interface Piece {
  text: string
  kind: TokenKind | 'plain' | 'escape'
  severity?: Mark['severity']
}

/** Lines that are longer than people read are not coloured. */
const LONGEST = 10_000

/** A line in pieces that look the same. `from` is its offset. */
export function pieces(line: string, from: number, marks: Mark[]): Piece[] {
  if (line.length > LONGEST) return [{ text: line, kind: 'plain' }]
  const here = marks.filter((it) => it.from <= from + line.length && it.to >= from)
  // What has no length, or is at the line's end, marks one character.
  const within = here.map((it) => {
    const start = Math.min(Math.max(it.from - from, 0), Math.max(line.length - 1, 0))
    return { start, end: Math.max(it.to - from, start + 1), severity: it.severity }
  })
  const cuts = [...new Set(within.flatMap((it) => [it.start, it.end]))].sort((a, b) => a - b)
  return tokens(line).flatMap(({ kind, from: start, to: end }) => {
    const inner = cuts.filter((cut) => cut > start && cut < end)
    return [start, ...inner].map((at, i) => {
      const piece: Piece = { text: line.slice(at, inner[i] ?? end), kind }
      const over = within.filter((it) => it.start <= at && at < it.end)
      if (over.length)
        piece.severity = over.some((it) => it.severity === 'ERROR') ? 'ERROR' : 'WARNING'
      return piece
    })
  })
}

/** A text as it is shown where it is not edited: JSON in colours, what cannot be seen as escapes. */
export function shown(text: string, json: boolean): Piece[] {
  const found: Piece[] = []
  const add = (piece: Piece) => {
    const last = found.at(-1)
    if (last?.kind === piece.kind) last.text += piece.text
    else found.push(piece)
  }
  text.split('\n').forEach((line, index) => {
    if (index) add({ text: '\n', kind: found.at(-1)?.kind ?? 'plain' })
    const parts: Piece[] = json ? pieces(line, 0, []) : [{ text: line, kind: 'plain' }]
    for (const { text, kind } of parts)
      for (const it of seen(text))
        add({ text: it.text, kind: it.escaped ? 'escape' : kind === 'space' ? 'plain' : kind })
  })
  return found
}

/** The white space that a line begins with after a break at an offset. */
export function indent(text: string, offset: number): string {
  const before = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset)
  const same = /^[ \t]*/.exec(before)![0]
  return /[{[]\s*$/.test(before) ? same + '  ' : same
}
