// Whether a value is as a JSON Schema says: the keywords that schemas of tasks use. Others are not
// checked; the tasks themselves check all when they run. `format` is none that is checked: draft
// 2020-12 takes it for a remark, and so does the host.

import { escaped, type Json } from './json'
import { isObject, resolved, type Schema } from './schema'

/** What is wrong with a value. */
export interface Fault {
  /** JSON pointer of the value; of one that is missing, where it should be. */
  pointer: string
  message: string
}

/** As many as are worth reading. */
const MOST = 100

/** What is wrong with a value, where it comes first in the value. */
export function validate(schema: Schema, value: Json): Fault[] {
  const faults: Fault[] = []
  check(schema, value, '', { root: schema, faults, depth: 0 })
  return faults.slice(0, MOST)
}

interface Check {
  root: Schema
  faults: Fault[]
  depth: number
}

function check(unresolved: Json | undefined, value: Json, pointer: string, all: Check): void {
  if (unresolved === false) all.faults.push({ pointer, message: 'Nothing may be here.' })
  if (!isObject(unresolved) || all.depth > 200 || all.faults.length >= MOST) return
  const schema = resolved(unresolved, all.root)
  const deeper = { ...all, depth: all.depth + 1 }
  const wrong = (message: string) => all.faults.push({ pointer, message })

  const types = [schema.type ?? []].flat().map(String)
  if (types.length && !types.some((type) => isOf(type, value))) {
    wrong(`This is ${article(typeOf(value))}; it must be ${types.map(article).join(' or ')}.`)
    return
  }
  if (Array.isArray(schema.enum) && !schema.enum.some((it) => same(it, value)))
    wrong(`It must be one of ${schema.enum.map((it) => JSON.stringify(it)).join(', ')}.`)
  if ('const' in schema && !same(schema.const!, value))
    wrong(`It must be ${JSON.stringify(schema.const)}.`)
  if (typeof value === 'string') checkText(schema, value, wrong)
  if (typeof value === 'number') checkNumber(schema, value, wrong)
  if (Array.isArray(value)) checkArray(schema, value, pointer, deeper, wrong)
  if (isObject(value)) checkObject(schema, value, pointer, deeper)
  checkWays(schema, value, pointer, deeper, wrong)
}

type Wrong = (message: string) => void

function checkText(schema: Schema, value: string, wrong: Wrong): void {
  const length = [...value].length
  const { minLength, maxLength, pattern } = schema
  if (typeof minLength === 'number' && length < minLength)
    wrong(length ? `It must have at least ${amount(minLength, 'character')}.` : 'It is empty.')
  if (typeof maxLength === 'number' && length > maxLength)
    wrong(`It has ${amount(length, 'character')}; ${maxLength} is the most.`)
  if (typeof pattern === 'string' && !fits(pattern, value)) wrong(`It must match ${pattern}`)
}

/** Whether a text matches; what a browser does not know as a pattern is not checked. */
function fits(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(value)
  } catch {
    return true
  }
}

function checkNumber(schema: Schema, value: number, wrong: Wrong): void {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema
  if (typeof minimum === 'number' && value < minimum) wrong(`It must be at least ${minimum}.`)
  if (typeof maximum === 'number' && value > maximum) wrong(`It must be at most ${maximum}.`)
  if (typeof exclusiveMinimum === 'number' && value <= exclusiveMinimum)
    wrong(`It must be more than ${exclusiveMinimum}.`)
  if (typeof exclusiveMaximum === 'number' && value >= exclusiveMaximum)
    wrong(`It must be less than ${exclusiveMaximum}.`)
  if (typeof multipleOf === 'number' && !isMultiple(value, multipleOf))
    wrong(`It must be a multiple of ${multipleOf}.`)
}

function isMultiple(value: number, of: number): boolean {
  const times = value / of
  return Math.abs(times - Math.round(times)) < 1e-9
}

function checkArray(schema: Schema, value: Json[], pointer: string, all: Check, wrong: Wrong) {
  const { minItems, maxItems, uniqueItems, prefixItems, items } = schema
  if (typeof minItems === 'number' && value.length < minItems)
    wrong(`It must have at least ${amount(minItems, 'item')}.`)
  if (typeof maxItems === 'number' && value.length > maxItems)
    wrong(`It has ${amount(value.length, 'item')}; ${maxItems} is the most.`)
  if (uniqueItems === true && new Set(value.map((it) => JSON.stringify(it))).size < value.length)
    wrong('No two items may be the same.')
  const first = Array.isArray(prefixItems) ? prefixItems : []
  value.forEach((item, i) => check(first[i] ?? items, item, `${pointer}/${i}`, all))
}

function checkObject(
  schema: Schema,
  value: { [name: string]: Json },
  pointer: string,
  all: Check,
): void {
  const required = Array.isArray(schema.required) ? schema.required : []
  for (const name of required)
    if (!Object.hasOwn(value, String(name)))
      all.faults.push({
        pointer: `${pointer}/${escaped(String(name))}`,
        message: `"${String(name)}" is missing.`,
      })
  const properties = isObject(schema.properties) ? schema.properties : {}
  const patterns = Object.entries(
    isObject(schema.patternProperties) ? schema.patternProperties : {},
  )
  for (const [name, member] of Object.entries(value)) {
    const at = `${pointer}/${escaped(name)}`
    const own = Object.hasOwn(properties, name)
    const fitting = patterns.filter(([pattern]) => fits(pattern, name))
    if (own) check(properties[name], member, at, all)
    for (const [, it] of fitting) check(it, member, at, all)
    if (own || fitting.length) continue
    if (schema.additionalProperties === false)
      all.faults.push({ pointer: at, message: `"${name}" is not known here.` })
    else check(schema.additionalProperties, member, at, all)
  }
}

/** `allOf`, `anyOf` and `oneOf`. */
function checkWays(schema: Schema, value: Json, pointer: string, all: Check, wrong: Wrong): void {
  if (Array.isArray(schema.allOf)) for (const it of schema.allOf) check(it, value, pointer, all)
  for (const keyword of ['anyOf', 'oneOf'] as const) {
    const ways = schema[keyword]
    if (!Array.isArray(ways) || !ways.length) continue
    const tried = ways.map((way) => {
      const faults: Fault[] = []
      check(way, value, pointer, { ...all, faults })
      return faults
    })
    const fitting = tried.filter((faults) => !faults.length).length
    if (fitting === 1 || (fitting && keyword === 'anyOf')) continue
    if (fitting) wrong('It fits more than one of what it may be, and must fit one.')
    else explain(ways, tried, all, wrong)
  }
}

/** Says why a value is none of the things that it may be. */
function explain(ways: Json[], tried: Fault[][], all: Check, wrong: Wrong): void {
  const values = ways.map((way) => (isObject(way) ? resolved(way, all.root).const : undefined))
  if (values.every((it) => it !== undefined)) {
    wrong(`It must be one of ${values.map((it) => JSON.stringify(it)).join(', ')}.`)
    return
  }
  // The way that goes wrong deepest is most likely the one that is meant.
  const depth = (faults: Fault[]) => Math.max(...faults.map((it) => it.pointer.split('/').length))
  const [closest] = tried.toSorted((a, b) => depth(b) - depth(a) || a.length - b.length)
  all.faults.push(...closest!)
}

function typeOf(value: Json): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return typeof value
}

function isOf(type: string, value: Json): boolean {
  return type === 'integer' ? Number.isInteger(value) : type === typeOf(value)
}

const ARTICLES: Record<string, string> = {
  null: 'null',
  integer: 'an integer',
  object: 'an object',
  array: 'an array',
}

function article(type: string): string {
  return ARTICLES[type] ?? `a ${type}`
}

function amount(number: number, of: string): string {
  return `${number} ${of}${number === 1 ? '' : 's'}`
}

function same(a: Json, b: Json): boolean {
  if (a === b) return true
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((it, i) => same(it, b[i]!))
  if (!isObject(a) || !isObject(b)) return false
  const names = Object.keys(a)
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && same(a[name]!, b[name]!))
  )
}
