// JSON as a text: what each part of a line is, and where each value is. Both make the best of a text
// that is not JSON (yet).

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

export type TokenKind =
  'key' | 'string' | 'expression' | 'number' | 'word' | 'punctuation' | 'space' | 'wrong'

export interface Token {
  kind: TokenKind
  from: number
  to: number
}

const PART =
  /\s+|"[^"\\\n]*(?:\\.[^"\\\n]*)*"?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[A-Za-z]+|[{}[\],:]|[^]/gy

function kindOf(part: string, after: string): TokenKind {
  const first = part[0]!
  if (first === '"') {
    if (part.length < 2 || !part.endsWith('"')) return 'wrong'
    if (/^\s*:/.test(after)) return 'key'
    // JSONata, and the paths and intrinsic functions of JSONPath, in the States Language.
    return /^"(\{%.*%\}|\$.*|States\.\w+\(.*)"$/.test(part) ? 'expression' : 'string'
  }
  if (/\s/.test(first)) return 'space'
  if (/[-\d]/.test(first)) return /\d/.test(part) ? 'number' : 'wrong'
  if (/^(true|false|null)$/.test(part)) return 'word'
  return '{}[],:'.includes(first) ? 'punctuation' : 'wrong'
}

/** The parts of a line; no string of JSON goes on in the next one. */
export function tokens(line: string): Token[] {
  return [...line.matchAll(PART)].map((match) => {
    const [from, to] = [match.index, match.index + match[0].length]
    // As much of what follows as there may be space before a colon.
    return { kind: kindOf(match[0], line.slice(to, to + 200)), from, to }
  })
}

export interface Range {
  from: number
  to: number
}

/** Where a value is, and its name where it is a member of an object. */
export interface Place extends Range {
  key?: Range
}

interface Open {
  pointer: string
  place: Place
  /** The index of the value that comes next; none in an object. */
  index?: number
  key?: { name: string; range: Range }
}

/** The places of all values by their JSON pointers, as they come in the text. */
export function places(text: string): Map<string, Place> {
  const found = new Map<string, Place>()
  const open: Open[] = []
  for (const match of text.matchAll(PART)) {
    const part = match[0]
    const range = { from: match.index, to: match.index + part.length }
    const around = open.at(-1)
    if (/^\s/.test(part) || part === ':') continue
    if (part === ',') {
      if (around?.index !== undefined) around.index++
      if (around) delete around.key
    } else if (part === '}' || part === ']') {
      if (around) around.place.to = range.to
      open.pop()
    } else if (around && around.index === undefined && !around.key && part.startsWith('"')) {
      around.key = { name: unquoted(part), range }
    } else {
      const step = around?.key ? escaped(around.key.name) : around?.index
      const pointer = around ? `${around.pointer}/${step ?? ''}` : ''
      const place: Place = around?.key ? { ...range, key: around.key.range } : { ...range }
      found.set(pointer, place)
      if (part === '{') open.push({ pointer, place })
      if (part === '[') open.push({ pointer, place, index: 0 })
    }
  }
  // What is not closed goes on to the end.
  for (const it of open) it.place.to = text.length
  return found
}

function unquoted(part: string): string {
  try {
    return String(JSON.parse(part))
  } catch {
    return part.slice(1)
  }
}

/** A name as a part of a JSON pointer. */
export function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}

/** The parts of a JSON pointer, as names. */
export function steps(pointer: string): string[] {
  if (!pointer) return []
  const parts = pointer.slice(1).split('/')
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** The pointer of the innermost value, with its name, that is at an offset. */
export function pointerAt(all: Map<string, Place>, offset: number): string | undefined {
  let innermost: string | undefined
  for (const [pointer, place] of all) {
    const from = place.key?.from ?? place.from
    if (from <= offset && offset <= place.to) innermost = pointer
  }
  return innermost
}

/** The place of a value, or that of the innermost one around where there is none. */
export function nearest(all: Map<string, Place>, pointer: string): Place | undefined {
  for (let it = pointer; ; it = it.slice(0, it.lastIndexOf('/'))) {
    const place = all.get(it)
    if (place || !it) return place
  }
}

/** A text that is JSON, laid out over lines; what its values are written as stays as it is. */
export function formatted(text: string): string {
  const parts = [...text.matchAll(PART)].map(([part]) => part).filter((part) => part.trim())
  let laid = ''
  let depth = 0
  const line = () => '\n' + '  '.repeat(depth)
  parts.forEach((part, i) => {
    const next = parts[i + 1]
    if (part === '{' || part === '[') {
      depth++
      laid += part + (next === '}' || next === ']' ? '' : line())
    } else if (part === '}' || part === ']') {
      depth--
      laid += (['{', '['].includes(parts[i - 1]!) ? '' : line()) + part
    } else if (part === ',') laid += part + line()
    else laid += part === ':' ? ': ' : part
  })
  return laid
}

/** Whether all numbers of a JSON text are what they are once they have been read and written again. */
export function isExact(text: string): boolean {
  return [...text.matchAll(PART)].every(
    ([part]) => !/^-?\d{16,}$/.test(part) || Number.isSafeInteger(Number(part)),
  )
}

/** Text read as JSON, or what is wrong with it and where. */
export function read(text: string): { value: Json } | { wrong: string; at: number } {
  try {
    return { value: JSON.parse(text) as Json }
  } catch (error) {
    return { wrong: 'This is not JSON: ' + fault(error), at: wrongAt(text) }
  }
}

/** What a browser says of it, without where, which is shown otherwise. */
function fault(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text
    .replace(/^JSON\.parse: /, '')
    .replace(/,? ?(\.\.\.)?"[^]*" is not valid JSON$/, '')
    .replace(/ in JSON.*$| \(line.*$| at position.*$/, '')
}

/** The offset of the first part that cannot be there. */
function wrongAt(text: string): number {
  const open: ('{' | '[')[] = []
  let expected: 'value' | 'value]' | 'key' | 'key}' | ':' | ',' = 'value'
  for (const match of text.matchAll(PART)) {
    const part = match[0]
    const kind = kindOf(part, '')
    if (kind === 'space') continue
    const close = part === '}' || part === ']'
    if (kind === 'wrong') return match.index
    if (expected === ',') {
      if (!open.length) return match.index
      if (part === ',') expected = open.at(-1) === '{' ? 'key' : 'value'
      else if (!close || (part === '}') !== (open.pop() === '{')) return match.index
    } else if (expected === ':') {
      if (part !== ':') return match.index
      expected = 'value'
    } else if (expected.startsWith('key')) {
      if (part.startsWith('"')) expected = ':'
      else if (part === '}' && expected === 'key}') expected = (open.pop(), ',')
      else return match.index
    } else {
      if (part === '{') expected = (open.push('{'), 'key}')
      else if (part === '[') expected = (open.push('['), 'value]')
      else if (part === ']' && expected === 'value]') expected = (open.pop(), ',')
      else if (kind === 'punctuation') return match.index
      else expected = ','
    }
  }
  return text.trimEnd().length
}
