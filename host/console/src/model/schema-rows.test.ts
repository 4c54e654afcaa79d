import { describe, expect, it } from 'vitest'
import { schemaRows } from './schema-rows'

describe('schemaRows', () => {
  it('has a row for each property, and says which must be there', () => {
    const rows = schemaRows({
      type: 'object',
      description: 'A charge.',
      required: ['order'],
      properties: {
        order: { type: 'string', description: 'Which.' },
        tip: { type: 'integer', minimum: 0, default: 0, examples: [50] },
      },
    })
    expect(rows.map((it) => [it.depth, it.name, it.type, it.required])).toEqual([
      [0, '', 'object', true],
      [1, 'order', 'string', true],
      [1, 'tip', 'integer', false],
    ])
    expect(rows[0]!.description).toBe('A charge.')
    expect(rows[2]).toMatchObject({ rules: ['at least 0'], fallback: '0', examples: ['50'] })
  })

  it('follows references, and prefers what is said beside them', () => {
    const rows = schemaRows({
      type: 'object',
      properties: {
        paid: { $ref: '#/$defs/Money', description: 'What was paid.' },
        due: { $ref: '#/$defs/Money' },
      },
      $defs: {
        Money: {
          type: 'object',
          description: 'So many.',
          properties: { minor: { type: 'integer' } },
        },
      },
    })
    expect(rows.map((it) => [it.name, it.depth, it.description])).toEqual([
      ['', 0, ''],
      ['paid', 1, 'What was paid.'],
      ['minor', 2, ''],
      ['due', 1, 'So many.'],
      ['minor', 2, ''],
    ])
  })

  it('lists what a value may be, with what that means', () => {
    const card = schemaRows({
      oneOf: [
        { type: 'string', const: 'ok', description: 'Takes any amount.' },
        { type: 'string', const: 'no', description: 'Is declined.' },
      ],
    })
    expect(card).toHaveLength(1)
    expect(card[0]).toMatchObject({
      type: 'string',
      values: [
        { value: '"ok"', description: 'Takes any amount.' },
        { value: '"no"', description: 'Is declined.' },
      ],
    })
    expect(schemaRows({ enum: ['a', 1, null] })[0]).toMatchObject({
      type: 'string or integer or null',
      values: [{ value: '"a"' }, { value: '1' }, { value: 'null' }],
    })
  })

  it('shows the forms that an object may have, each with its properties', () => {
    const rows = schemaRows({
      type: 'object',
      oneOf: [
        { type: 'object', properties: { via: { const: 'outbox' }, file: { type: 'string' } } },
        { type: 'object', title: 'By mail', properties: { via: { const: 'smtp' } } },
      ],
    })
    expect(rows.map((it) => [it.depth, it.form, it.name])).toEqual([
      [0, false, ''],
      [1, true, 'via: "outbox"'],
      [2, false, 'via'],
      [2, false, 'file'],
      [1, true, 'By mail'],
      [2, false, 'via'],
    ])
  })

  it('shows what may be null as what it is otherwise', () => {
    const rows = schemaRows({
      type: 'object',
      properties: {
        by: {
          anyOf: [
            { type: 'object', description: 'Who.', properties: { arn: { type: 'string' } } },
            { type: 'null' },
          ],
        },
        how: { oneOf: [{ type: 'null' }, { $ref: '#/$defs/How' }], default: null },
      },
      $defs: { How: { enum: ['a', 'b'] } },
    })
    expect(rows.map((it) => [it.depth, it.name, it.type, it.form])).toEqual([
      [0, '', 'object', false],
      [1, 'by', 'object or null', false],
      [2, 'arn', 'string', false],
      [1, 'how', 'string or null', false],
    ])
    expect(rows[1]!.description).toBe('Who.')
    expect(rows[3]).toMatchObject({
      values: [{ value: '"a"' }, { value: '"b"' }],
      fallback: 'null',
    })
  })

  it('opens arrays of objects, and not those of plain values', () => {
    const rows = schemaRows({
      type: 'object',
      properties: {
        to: { type: 'array', items: { type: 'string' }, minItems: 1 },
        lines: { type: 'array', items: { type: 'object', properties: { n: { type: 'number' } } } },
      },
    })
    expect(rows.map((it) => [it.depth, it.name, it.type])).toEqual([
      [0, '', 'object'],
      [1, 'to', 'array of string'],
      [1, 'lines', 'array of object'],
      [2, 'lines[]', 'object'],
      [3, 'n', 'number'],
    ])
    expect(rows[1]!.rules).toEqual(['at least 1 item'])
  })

  it('comes to an end where a schema is in itself', () => {
    const rows = schemaRows({
      type: 'object',
      properties: { next: { $ref: '#' }, id: { type: 'string' } },
    })
    expect(rows.map((it) => [it.depth, it.name])).toEqual([
      [0, ''],
      [1, 'next'],
      [1, 'id'],
    ])
    expect(rows[1]!.rules).toEqual(['its properties are those above, again'])
    expect(schemaRows({ $ref: '#' })).toHaveLength(1)
    const next = { anyOf: [{ $ref: '#', title: 'The rest' }, { type: 'null' }] }
    expect(schemaRows({ type: 'object', properties: { next } }).map((it) => it.depth)).toEqual([
      0, 1,
    ])
  })

  it('is cut where it is very long', () => {
    const node = { type: 'object', description: 'x', properties: {} as Record<string, unknown> }
    for (let n = 0; n < 20; n++) {
      const other = { type: 'object', properties: { again: { $ref: '#' } as object } }
      for (let m = 0; m < 20; m++) Object.assign(other.properties, { [`q${m}`]: { enum: [m] } })
      node.properties[`p${n}`] = other
    }
    expect(schemaRows(node)).toHaveLength(400)
  })

  it('takes what all of several schemas say', () => {
    const rows = schemaRows({
      allOf: [{ properties: { a: { type: 'string' } } }, { properties: { b: { type: 'null' } } }],
    })
    expect(rows.map((it) => it.name)).toEqual(['', 'a', 'b'])
  })

  it('takes line breaks out of descriptions, and leaves paragraphs and lists', () => {
    const description = 'Without one it is the\nserver.\n\nMind:\n- this\n- that'
    expect(schemaRows({ description })[0]!.description).toBe(
      'Without one it is the server.\n\nMind:\n- this\n- that',
    )
  })

  it('says of schemas without a type that they take anything', () => {
    expect(schemaRows(true)[0]!.type).toBe('anything')
    expect(schemaRows(undefined)[0]!.type).toBe('anything')
    expect(schemaRows({ $ref: 'https://elsewhere.example/schema' })[0]!.type).toBe('anything')
  })
})
