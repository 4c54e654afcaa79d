import { describe, expect, test } from 'vitest'
import type { Json } from './json'
import type { Schema } from './schema'
import { validate } from './validate'

const faults = (schema: Schema, value: Json) =>
  validate(schema, value).map((it) => `${it.pointer}: ${it.message}`)

describe('validate', () => {
  test.each<[Schema, Json, string]>([
    [{ type: 'string' }, 1, ': This is a number; it must be a string.'],
    [{ type: ['array', 'null'] }, {}, ': This is an object; it must be an array or null.'],
    [{ type: 'integer' }, 1.5, ': This is a number; it must be an integer.'],
    [{ enum: ['a', 1] }, 'b', ': It must be one of "a", 1.'],
    [{ const: { a: [1] } }, { a: [2] }, ': It must be {"a":[1]}.'],
    [{ minLength: 1 }, '', ': It is empty.'],
    [{ minLength: 2 }, 'é', ': It must have at least 2 characters.'],
    [{ maxLength: 1 }, 'ab', ': It has 2 characters; 1 is the most.'],
    [{ pattern: '^[A-Z]{3}$' }, 'eur', ': It must match ^[A-Z]{3}$'],
    [{ minimum: 1 }, 0, ': It must be at least 1.'],
    [{ maximum: 1 }, 2, ': It must be at most 1.'],
    [{ exclusiveMinimum: 1 }, 1, ': It must be more than 1.'],
    [{ exclusiveMaximum: 1 }, 1, ': It must be less than 1.'],
    [{ multipleOf: 0.01 }, 0.015, ': It must be a multiple of 0.01.'],
    [{ minItems: 1 }, [], ': It must have at least 1 item.'],
    [{ maxItems: 1 }, [1, 2], ': It has 2 items; 1 is the most.'],
    [{ uniqueItems: true }, [1, 1], ': No two items may be the same.'],
    [{ items: { type: 'string' } }, ['a', 1], '/1: This is a number; it must be a string.'],
    [{ prefixItems: [{ const: 1 }] }, [2], '/0: It must be 1.'],
    [{ required: ['a'] }, {}, '/a: "a" is missing.'],
    [{ properties: { 'a/b': { const: 1 } } }, { 'a/b': 2 }, '/a~1b: It must be 1.'],
    [{ additionalProperties: false }, { a: 1 }, '/a: "a" is not known here.'],
    [
      { additionalProperties: { type: 'string' } },
      { a: 1 },
      '/a: This is a number; it must be a string.',
    ],
    [{ patternProperties: { '^x': false } }, { x: 1 }, '/x: Nothing may be here.'],
    [{ allOf: [{ minimum: 1 }] }, 0, ': It must be at least 1.'],
    [{ oneOf: [{ const: 1 }, { const: 2 }] }, 3, ': It must be one of 1, 2.'],
    [
      { oneOf: [{ minimum: 1 }, { minimum: 2 }] },
      3,
      ': It fits more than one of what it may be, and must fit one.',
    ],
    [
      { anyOf: [{ type: 'string' }, { type: 'object', properties: { a: { const: 1 } } }] },
      { a: 2 },
      '/a: It must be 1.',
    ],
    [
      { $ref: '#/$defs/a', $defs: { a: { type: 'null' } } },
      1,
      ': This is a number; it must be null.',
    ],
  ])('%j refuses %j', (schema, value, message) => {
    expect(faults(schema, value)).toEqual([message])
  })

  test.each<[Schema, Json]>([
    [{}, 1],
    [{ type: 'number', multipleOf: 0.01 }, 0.07],
    [{ type: 'integer' }, 2],
    [{ const: { a: 1, b: 2 } }, { b: 2, a: 1 }],
    [{ type: 'string', format: 'email' }, 'no address'],
    [{ type: 'string', format: 'date-time' }, 'never'],
    [{ pattern: '(' }, 'a browser does not know this pattern'],
    [{ anyOf: [{ minimum: 1 }, { minimum: 2 }] }, 3],
    [{ properties: { toString: { const: 1 } } }, {}],
    [{ type: ['string', 'null'] }, null],
    [{ patternProperties: { '^x': { const: 1 } }, additionalProperties: false }, { x: 1 }],
  ])('%j takes %j', (schema, value) => {
    expect(faults(schema, value)).toEqual([])
  })

  test('tells all that is wrong', () => {
    const schema: Schema = { properties: { a: { minimum: 1 }, b: { type: 'string' } } }
    expect(faults(schema, { a: 0, b: 0 })).toHaveLength(2)
    expect(validate({ items: { const: 1 } }, Array(1000).fill(2))).toHaveLength(100)
  })
})
