import { describe, expect, test } from 'vitest'
import type { Json } from './json'
import { blank, field, put, type Schema } from './schema'

const CHARGE: Schema = {
  type: 'object',
  title: 'Charge',
  required: ['order', 'amount', 'card'],
  properties: {
    order: { type: 'string', description: 'The number of the order.' },
    amount: { $ref: '#/$defs/Money' },
    card: { $ref: '#/$defs/Card' },
    note: { type: ['string', 'null'], default: null },
  },
  $defs: {
    Money: {
      type: 'object',
      additionalProperties: false,
      required: ['minor', 'currency'],
      properties: {
        minor: { type: 'integer', minimum: 1 },
        currency: { $ref: '#/$defs/Currency', description: 'ISO 4217.' },
      },
    },
    Currency: { type: 'string', description: 'A code.', pattern: '^[A-Z]{3}$' },
    Card: {
      oneOf: [
        { const: 'tok_approved', description: 'Takes any amount.' },
        { const: 'tok_declined', title: 'Declined' },
      ],
    },
  },
}

describe('field', () => {
  const form = field(CHARGE)
  if (form.kind !== 'object') throw new Error(form.kind)
  const member = (name: string) => form.members.find((it) => it.name === name)!

  test('of an object', () => {
    expect(form).toMatchObject({ title: 'Charge', more: true, nullable: false })
    expect(form.members.map((it) => [it.name, it.required, it.field.kind])).toEqual([
      ['order', true, 'text'],
      ['amount', true, 'object'],
      ['card', true, 'choice'],
      ['note', false, 'text'],
    ])
  })

  test('follows references, and what is said beside them counts', () => {
    const { field } = member('amount')
    if (field.kind !== 'object') throw new Error(field.kind)
    expect(field.more).toBe(false)
    expect(field.members[0]!.field).toMatchObject({ kind: 'number', integer: true, least: 1 })
    expect(field.members[1]!.field).toMatchObject({ kind: 'text', description: 'ISO 4217.' })
  })

  test('offers choices', () => {
    expect(member('card').field).toMatchObject({
      options: [
        { value: 'tok_approved', label: 'tok_approved', description: 'Takes any amount.' },
        { value: 'tok_declined', label: 'Declined' },
      ],
    })
    expect(field({ enum: ['a', 1] })).toMatchObject({
      options: [
        { value: 'a', label: 'a' },
        { value: 1, label: '1' },
      ],
    })
  })

  test('knows what may be null', () => {
    expect(member('note').field).toMatchObject({ nullable: true, default: null })
    const either: Schema = {
      anyOf: [{ $ref: '#/$defs/Money' }, { type: 'null' }],
      $defs: CHARGE.$defs!,
    }
    expect(field(either)).toMatchObject({ kind: 'object', nullable: true })
  })

  test('leaves what it does not know to JSON', () => {
    expect(field({}).kind).toBe('json')
    expect(field({ type: ['string', 'number'] }).kind).toBe('json')
    expect(field({ oneOf: [{ type: 'string' }, { type: 'number' }] }).kind).toBe('json')
    expect(field({ type: 'object', additionalProperties: { type: 'string' } }).kind).toBe('json')
    expect(field({ $ref: 'https://example.com/schema' }).kind).toBe('json')
  })

  test('ends where a schema goes round in circles', () => {
    const tree: Schema = {
      type: 'object',
      properties: { child: { $ref: '#' }, self: { $ref: '#/$defs/self' } },
      $defs: { self: { $ref: '#/$defs/self' } },
    }
    expect(JSON.stringify(field(tree)).match(/"child"/g)).toHaveLength(6)
  })
})

describe('blank', () => {
  test('has what is required, and defaults', () => {
    expect(blank(field(CHARGE))).toEqual({
      order: '',
      amount: { minor: 1, currency: '' },
      card: 'tok_approved',
      note: null,
    })
  })

  test('is the example where there is one', () => {
    expect(blank(field({ type: 'string', examples: ['a', 'b'] }))).toBe('a')
    expect(blank(field({ type: 'object', properties: {}, default: { a: 1 } }))).toEqual({ a: 1 })
    expect(blank(field({ type: 'array', items: { type: 'string' } }))).toEqual([])
  })
})

test('members are set and taken away', () => {
  expect(put({ a: 1, b: 2 }, 'a', 3)).toEqual({ a: 3, b: 2 })
  expect(put({ a: 1, b: 2 }, 'a', undefined)).toEqual({ b: 2 })
  expect(put(null, 'a', 1)).toEqual({ a: 1 })
})

test('a member that is new comes where the schema has it', () => {
  const order = ['a', 'b', 'c']
  const names = (value: Json) => Object.keys(value as object)
  expect(names(put({ a: 1, c: 1, x: 1 }, 'b', 2, order))).toEqual(['a', 'b', 'c', 'x'])
  expect(names(put({ x: 1, a: 1 }, 'c', 2, order))).toEqual(['x', 'a', 'c'])
  expect(names(put({ c: 1, a: 1 }, 'y', 2, order))).toEqual(['c', 'a', 'y'])
})
