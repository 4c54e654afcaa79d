// What a form asks for, as a JSON Schema says it: the part of JSON Schema that schemas of tasks use.
// What is beyond that is a field for JSON. https://json-schema.org/draft/2020-12

import type { Json } from './json'

export type Schema = { [keyword: string]: Json }

interface Common {
  title?: string
  description?: string
  /** Whether null will do, too. */
  nullable: boolean
  default?: Json
  examples: Json[]
}

export interface Member {
  name: string
  required: boolean
  field: Field
}

export type Field = Common &
  (
    | { kind: 'object'; members: Member[]; more: boolean }
    | { kind: 'array'; items: Field; most: number }
    | { kind: 'text'; long: boolean; most?: number; format?: string }
    | { kind: 'number'; integer: boolean; least?: number; most?: number }
    | { kind: 'boolean' }
    | { kind: 'choice'; options: { value: Json; label: string; description?: string }[] }
    | { kind: 'json' }
  )

/** How deep objects and arrays are asked for in fields of their own. */
const DEEPEST = 6

/** The schema that a reference within a schema leads to, with what is said beside it. */
export function resolved(schema: Schema, root: Schema): Schema {
  let it = schema
  for (let hops = 0; typeof it.$ref === 'string' && hops < 20; hops++) {
    const target = it.$ref.startsWith('#') ? lookedUp(root, it.$ref.slice(1)) : undefined
    if (!isObject(target)) return without(it, '$ref')
    it = { ...target, ...without(it, '$ref') }
  }
  return it
}

function lookedUp(root: Json, pointer: string): Json | undefined {
  let it: Json | undefined = root
  for (const part of decodeURIComponent(pointer).split('/').slice(1)) {
    if (!isObject(it)) return undefined
    it = it[part.replaceAll('~1', '/').replaceAll('~0', '~')]
  }
  return it
}

export function isObject(it: Json | undefined): it is { [name: string]: Json } {
  return typeof it === 'object' && it !== null && !Array.isArray(it)
}

function without(schema: Schema, keyword: string): Schema {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => name !== keyword))
}

const text = (it: Json | undefined) => (typeof it === 'string' ? it : undefined)
const number = (it: Json | undefined) => (typeof it === 'number' ? it : undefined)

/** The field that asks for what a schema describes. */
export function field(schema: Schema, root: Schema = schema, depth = 0): Field {
  const [it, nullable] = unwrapped(resolved(schema, root), root)
  const examples = [it.examples, it.example].flatMap((some) => some ?? [])
  const common: Common = { nullable, examples }
  const [title, description] = [text(it.title), text(it.description)]
  if (title !== undefined) common.title = title
  if (description !== undefined) common.description = description
  if (it.default !== undefined) common.default = it.default
  return { ...common, ...kind(it, root, depth) } as Field
}

/** The schema apart from null, and whether that will do, too. */
function unwrapped(schema: Schema, root: Schema): [Schema, boolean] {
  if (Array.isArray(schema.type)) {
    const types = schema.type.filter((type) => type !== 'null')
    const nullable = types.length < schema.type.length
    if (types.length === 1) return [{ ...schema, type: types[0]! }, nullable]
    return [schema, nullable]
  }
  for (const keyword of ['anyOf', 'oneOf'] as const) {
    const ways = schema[keyword]
    if (!Array.isArray(ways) || !ways.every(isObject)) continue
    const others = ways.filter((way) => way.type !== 'null')
    if (others.length === 1 && others.length < ways.length)
      return [{ ...resolved(others[0]!, root), ...without(schema, keyword) }, true]
  }
  return [schema, false]
}

type Kind = Field extends infer F ? (F extends Common ? Omit<F, keyof Common> : never) : never

function kind(it: Schema, root: Schema, depth: number): Kind {
  const options = choices(it, root)
  if (options) return { kind: 'choice', options }
  const combined = ['allOf', 'anyOf', 'oneOf', 'not', 'if', '$ref'].some((word) => word in it)
  if (combined) return { kind: 'json' }
  if (it.type === 'string') {
    const [most, format] = [number(it.maxLength), text(it.format)]
    const long = /\b(text|body|message|description|content)\b/.test(text(it.title) ?? '')
    return {
      kind: 'text',
      long: long || (most ?? 0) > 200,
      ...(most !== undefined && { most }),
      ...(format !== undefined && { format }),
    }
  }
  if (it.type === 'integer' || it.type === 'number') {
    const [least, most] = [number(it.minimum), number(it.maximum)]
    return {
      kind: 'number',
      integer: it.type === 'integer',
      ...(least !== undefined && { least }),
      ...(most !== undefined && { most }),
    }
  }
  if (it.type === 'boolean') return { kind: 'boolean' }
  if (it.type === 'array' && isObject(it.items) && depth < DEEPEST) {
    const items = field(it.items, root, depth + 1)
    return { kind: 'array', items, most: number(it.maxItems) ?? Infinity }
  }
  const properties = it.properties
  if (isObject(properties) && (it.type === 'object' || !it.type) && depth < DEEPEST) {
    const required = Array.isArray(it.required) ? it.required : []
    const members = Object.entries(properties).map(([name, schema]) => ({
      name,
      required: required.includes(name),
      field: field(isObject(schema) ? schema : {}, root, depth + 1),
    }))
    return { kind: 'object', members, more: it.additionalProperties !== false }
  }
  return { kind: 'json' }
}

function choices(it: Schema, root: Schema) {
  if ('const' in it) return [{ value: it.const!, label: label(it.const!) }]
  if (Array.isArray(it.enum)) return it.enum.map((value) => ({ value, label: label(value) }))
  const ways = it.oneOf ?? it.anyOf
  if (!Array.isArray(ways) || !ways.length || !ways.every(isObject)) return undefined
  const options = ways
    .map((way) => resolved(way, root))
    .flatMap((way) => {
      const [title, description] = [text(way.title), text(way.description)]
      const values =
        'const' in way ? [way.const!] : Array.isArray(way.enum) ? way.enum : [undefined]
      return values.map((value) => ({ value, title, description }))
    })
  if (options.some(({ value }) => value === undefined)) return undefined
  return options.map(({ value, title, description }) => ({
    value: value!,
    label: title ?? label(value!),
    ...(description !== undefined && { description }),
  }))
}

function label(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** A value to begin with: what the schema gives, and nothing that it does not ask for. */
export function blank(it: Field): Json {
  if (it.default !== undefined) return it.default
  if (it.examples.length) return it.examples[0]!
  if (it.nullable) return null
  switch (it.kind) {
    case 'object':
      return Object.fromEntries(
        it.members
          .filter(({ required, field }) => required || field.default !== undefined)
          .map(({ name, field }) => [name, blank(field)]),
      )
    case 'array':
      return []
    case 'text':
      return ''
    case 'number':
      return it.least ?? 0
    case 'boolean':
      return false
    case 'choice':
      return it.options[0]?.value ?? null
    case 'json':
      return {}
  }
}

/**
 * A value with what is at a name set, or taken away by `undefined`. One that is new comes where `order`
 * has it.
 */
export function put(
  value: Json,
  name: string,
  member: Json | undefined,
  order: string[] = [],
): Json {
  const object = isObject(value) ? value : {}
  if (member === undefined) return without(object, name)
  if (Object.hasOwn(object, name)) return { ...object, [name]: member }
  const later = order.slice(order.indexOf(name) + 1)
  const entries = Object.entries(object)
  const at = order.includes(name) ? entries.findIndex(([it]) => later.includes(it)) : -1
  return Object.fromEntries(entries.toSpliced(at < 0 ? entries.length : at, 0, [name, member]))
}
