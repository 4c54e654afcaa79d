// A JSON Schema as rows that people can read: a property each, those of objects below them.
// https://json-schema.org/draft/2020-12/json-schema-validation

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }
type Schema = { [name: string]: Json }

export interface SchemaRow {
  /** Tells it from the others: the way to it. */
  id: string
  depth: number
  /** `amount`, `items[]`, `*` of any other property; a choice between forms has none. */
  name: string
  /** A form out of several that a value may have, rather than a property. */
  form: boolean
  required: boolean
  /** `string`, `integer or null`, `array of string`. */
  type: string
  description: string
  /** What else must hold of it: `at least 1`, `matches ^[A-Z]{3}$`. */
  rules: string[]
  /** All that it may be, and what that means. */
  values: { value: string; description: string }[]
  /** As JSON. */
  fallback?: string
  examples: string[]
}

/** Deeper schemas, and those that contain themselves, are cut here. */
const DEEPEST = 8
/** More rows nobody reads; schemas that refer to themselves often would have millions. */
const MOST_ROWS = 400

/** The rows of a schema; the first is that of the whole. */
export function schemaRows(schema: unknown): SchemaRow[] {
  const rows: SchemaRow[] = []
  const root = isObject(schema) ? schema : {}
  add(rows, root, schema as Json, { id: '#', depth: 0, name: '', required: true, form: false })
  return rows
}

interface Place {
  id: string
  depth: number
  name: string
  required: boolean
  form: boolean
  /** What is being described already: a schema that is in itself is not described again. */
  within?: Schema[]
}

function add(rows: SchemaRow[], root: Schema, given: Json, place: Place): void {
  const { schema, description, origin } = orNull(root, resolve(root, given))
  if (rows.length >= MOST_ROWS) return
  const within = place.within ?? []
  const { id, depth, name, required, form } = place
  const row: SchemaRow = {
    id,
    depth,
    name,
    form,
    required,
    type: typeText(root, schema),
    description,
    rules: rules(schema),
    values: values(root, schema),
    examples: Array.isArray(schema.examples) ? schema.examples.map(write) : [],
  }
  if (schema.default !== undefined) row.fallback = write(schema.default)
  rows.push(row)
  if (depth >= DEEPEST || within.includes(origin)) {
    if (isObject(schema.properties)) row.rules.push('its properties are those above, again')
    return
  }
  below(rows, root, schema, { ...place, depth: depth + 1, within: [...within, origin] })
}

/** What is in a value: properties, items, forms. */
function below(rows: SchemaRow[], root: Schema, schema: Schema, at: Place): void {
  const wanted = Array.isArray(schema.required) ? schema.required : []
  const inner = (id: string, name: string, required: boolean, form = false) => ({
    ...at,
    id: `${at.id}/${id}`,
    name,
    required,
    form,
  })
  for (const [name, property] of entries(schema.properties))
    add(rows, root, property, inner(`properties/${name}`, name, wanted.includes(name)))
  if (isObject(schema.additionalProperties))
    add(rows, root, schema.additionalProperties, inner('additionalProperties', '*', false))
  for (const [pattern, property] of entries(schema.patternProperties))
    add(rows, root, property, inner(`patternProperties/${pattern}`, `/${pattern}/`, false))
  // A list of plain values says all in its type.
  const items = isObject(schema.items) ? resolve(root, schema.items).schema : undefined
  if (items && !isPlain(items)) {
    const name = `${at.name}[]`
    add(rows, root, schema.items!, inner('items', name, true))
  }
  const forms = formsOf(schema)
  if (forms && values(root, schema).length === 0) {
    forms.forEach((one, index) => {
      const { schema: form } = resolve(root, one)
      if (isPlain(form) && !form.title && !form.description) return
      add(rows, root, one, inner(`form/${index}`, text(form.title) || formName(form), true, true))
    })
  }
  for (const [index, part] of list(schema.allOf).entries())
    below(rows, root, resolve(root, part).schema, { ...at, id: `${at.id}/allOf/${index}` })
}

interface Resolved {
  schema: Schema
  description: string
  /** What the document has, without what was said beside a reference to it. */
  origin: Schema
}

/** A schema that is another one, or null: that one, which null is a type of. */
function orNull(root: Schema, given: Resolved): Resolved {
  const forms = formsOf(given.schema)?.map((it) => resolve(root, it))
  const some = forms?.filter(({ schema }) => schema.type !== 'null')
  if (forms?.length !== 2 || some?.length !== 1) return given
  const [{ schema, description, origin }] = some as [Resolved]
  const { oneOf: _, anyOf: __, ...beside } = given.schema
  const types = Array.isArray(schema.type) ? schema.type : [schema.type ?? typeText(root, schema)]
  return {
    schema: { ...schema, ...beside, type: [...types, 'null'] },
    description: given.description || description,
    origin,
  }
}

/** A form by the constants in it: `via: "smtp"`. */
function formName(form: Schema): string {
  return entries(form.properties)
    .flatMap(([name, it]) =>
      isObject(it) && 'const' in it ? [`${name}: ${write(it.const!)}`] : [],
    )
    .join(', ')
}

/** What a `$ref` means; what is said beside it comes first. */
function resolve(root: Schema, given: Json, hops = 0): Resolved {
  if (!isObject(given)) {
    const schema = {}
    return { schema, description: given === false ? 'Never there.' : '', origin: schema }
  }
  const description = unwrapped(text(given.description))
  if (typeof given.$ref !== 'string' || hops > DEEPEST)
    return { schema: given, description, origin: given }
  const found = resolve(root, pointer(root, given.$ref) ?? {}, hops + 1)
  const { $ref: _, description: __, ...beside } = given
  return {
    schema: Object.keys(beside).length > 0 ? { ...found.schema, ...beside } : found.schema,
    description: description || found.description,
    origin: found.origin,
  }
}

/** What a reference within a document points at: `#/$defs/Money`. */
function pointer(root: Schema, reference: string): Json | undefined {
  if (!reference.startsWith('#')) return undefined
  let at: Json | undefined = root
  for (const part of reference.slice(1).split('/').filter(Boolean)) {
    const name = decode(part).replaceAll('~1', '/').replaceAll('~0', '~')
    at = isObject(at) ? at[name] : Array.isArray(at) ? at[Number(name)] : undefined
  }
  return at
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

function typeText(root: Schema, schema: Schema): string {
  if ('const' in schema) return jsonType(schema.const!)
  const types = (Array.isArray(schema.type) ? schema.type : [schema.type]).filter(
    (it): it is string => typeof it === 'string',
  )
  if (types.length > 0)
    return types.map((it) => (it === 'array' ? arrayText(root, schema) : it)).join(' or ')
  if (Array.isArray(schema.enum)) return unique(schema.enum.map(jsonType)).join(' or ')
  const forms = formsOf(schema)
  if (forms) return unique(forms.map((it) => typeText(root, resolve(root, it).schema))).join(' or ')
  if (isObject(schema.properties)) return 'object'
  return isObject(schema.items) ? arrayText(root, schema) : 'anything'
}

function arrayText(root: Schema, schema: Schema): string {
  if (!isObject(schema.items)) return 'array'
  return `array of ${typeText(root, resolve(root, schema.items).schema)}`
}

function rules(schema: Schema): string[] {
  const told: string[] = []
  const tell = (name: string, say: (value: string) => string) => {
    const value = schema[name]
    if (typeof value === 'number' || typeof value === 'string') told.push(say(String(value)))
  }
  tell('format', (it) => it)
  tell('minimum', (it) => `at least ${it}`)
  tell('exclusiveMinimum', (it) => `more than ${it}`)
  tell('maximum', (it) => `at most ${it}`)
  tell('exclusiveMaximum', (it) => `less than ${it}`)
  tell('multipleOf', (it) => `a multiple of ${it}`)
  tell('minLength', (it) => `at least ${it} ${it === '1' ? 'character' : 'characters'}`)
  tell('maxLength', (it) => `at most ${it} characters`)
  tell('pattern', (it) => `matches ${it}`)
  tell('minItems', (it) => `at least ${it} ${it === '1' ? 'item' : 'items'}`)
  tell('maxItems', (it) => `at most ${it} items`)
  if (schema.uniqueItems === true) told.push('no item twice')
  if (schema.additionalProperties === false) told.push('no other properties')
  if (schema.deprecated === true) told.push('deprecated')
  if (schema.readOnly === true) told.push('read only')
  return told
}

/** All that a value may be, where the schema lists it. */
function values(root: Schema, schema: Schema): SchemaRow['values'] {
  if ('const' in schema) return [{ value: write(schema.const!), description: '' }]
  if (Array.isArray(schema.enum))
    return schema.enum.map((it) => ({ value: write(it), description: '' }))
  const forms = formsOf(schema)?.map((it) => resolve(root, it))
  if (!forms?.every(({ schema: it }) => 'const' in it || Array.isArray(it.enum))) return []
  return forms.flatMap(({ schema: it, description }) =>
    values(root, it).map(({ value }) => ({ value, description })),
  )
}

function formsOf(schema: Schema): Json[] | undefined {
  const forms = [...list(schema.oneOf), ...list(schema.anyOf)]
  return forms.length > 0 ? forms : undefined
}

/** Whether its type says all there is to it. */
function isPlain(schema: Schema): boolean {
  const telling = Object.keys(schema).filter((it) => it !== 'type' && it !== 'title')
  return telling.length === 0
}

function jsonType(value: Json): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  return typeof value
}

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function entries(value: Json | undefined): [string, Json][] {
  return isObject(value) ? Object.entries(value) : []
}

function list(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : []
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}

/** A text without the line breaks that its source has for its own width; paragraphs stay. */
function unwrapped(text: string): string {
  return text.replaceAll(/([^\n])\n(?=[^\n\s*-])/g, '$1 ').trim()
}

function write(value: Json): string {
  return JSON.stringify(value)
}

function unique(texts: string[]): string[] {
  return [...new Set(texts)]
}
