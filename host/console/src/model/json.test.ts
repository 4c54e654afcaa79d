import { describe, expect, test } from 'vitest'
import { formatted, isExact, nearest, places, pointerAt, read, steps, tokens } from './json'

function kinds(line: string): [string, string][] {
  return tokens(line)
    .filter((it) => it.kind !== 'space')
    .map((it) => [it.kind, line.slice(it.from, it.to)])
}

describe('tokens', () => {
  test('of a member', () => {
    expect(kinds('  "a" : "b",')).toEqual([
      ['key', '"a"'],
      ['punctuation', ':'],
      ['string', '"b"'],
      ['punctuation', ','],
    ])
  })

  test('of numbers and words', () => {
    expect(kinds('[-1.5e3, true, null]')).toEqual([
      ['punctuation', '['],
      ['number', '-1.5e3'],
      ['punctuation', ','],
      ['word', 'true'],
      ['punctuation', ','],
      ['word', 'null'],
      ['punctuation', ']'],
    ])
  })

  test('of expressions of the States Language', () => {
    expect(kinds('"{% $states.input.a %}"')[0]![0]).toBe('expression')
    expect(kinds('"$.order"')[0]![0]).toBe('expression')
    expect(kinds('"States.Format(\'{}\', $.a)"')[0]![0]).toBe('expression')
    expect(kinds('"States.ALL"')[0]![0]).toBe('string')
  })

  test('of what is not JSON', () => {
    expect(kinds('"open').map(([kind]) => kind)).toEqual(['wrong'])
    expect(kinds('nul ?').map(([kind]) => kind)).toEqual(['wrong', 'wrong'])
    expect(kinds('"\\"" - ')).toEqual([
      ['string', '"\\""'],
      ['wrong', '-'],
    ])
  })

  test('cover the line', () => {
    const line = '\t{"a":[1 ,2],"é" :nope"}'
    expect(
      tokens(line)
        .map((it) => line.slice(it.from, it.to))
        .join(''),
    ).toBe(line)
  })
})

describe('places', () => {
  const text = '{"a": [1, {"b/c": "x"}], "d": null}'
  const all = places(text)
  const at = (pointer: string) => {
    const place = all.get(pointer)!
    return text.slice(place.from, place.to)
  }

  test('of each value', () => {
    expect([...all.keys()]).toEqual(['', '/a', '/a/0', '/a/1', '/a/1/b~1c', '/d'])
    expect(at('')).toBe(text)
    expect(at('/a')).toBe('[1, {"b/c": "x"}]')
    expect(at('/a/1')).toBe('{"b/c": "x"}')
    expect(at('/a/1/b~1c')).toBe('"x"')
    expect(at('/d')).toBe('null')
  })

  test('with the names of members', () => {
    const key = all.get('/d')!.key!
    expect(text.slice(key.from, key.to)).toBe('"d"')
    expect(all.get('/a/0')!.key).toBeUndefined()
  })

  test('of what is at an offset', () => {
    expect(pointerAt(all, text.indexOf('"x"') + 1)).toBe('/a/1/b~1c')
    expect(pointerAt(all, text.indexOf('"b/c"') + 1)).toBe('/a/1/b~1c')
    expect(pointerAt(all, 0)).toBe('')
    expect(pointerAt(places(''), 0)).toBeUndefined()
  })

  test('of what is around where it is missing', () => {
    expect(nearest(all, '/a/1/none/at/all')).toEqual(all.get('/a/1'))
    expect(nearest(all, '/nothing')).toEqual(all.get(''))
  })

  test('of a text that is not closed', () => {
    const open = '{"a": [1, '
    expect(places(open).get('/a')).toMatchObject({ from: 6, to: open.length })
  })
})

test('pointers have names', () => {
  expect(steps('')).toEqual([])
  expect(steps('/States/a~1b/~0')).toEqual(['States', 'a/b', '~'])
})

describe('read', () => {
  test('JSON', () => {
    expect(read(' {"a": 1}')).toEqual({ value: { a: 1 } })
  })

  test.each([
    ['{"a": 1,}', 8],
    ['{"a" 1}', 5],
    ['[1 2]', 3],
    ['[1, 2}', 5],
    ['{"a": tru}', 6],
    ['{"a": 1', 7],
    ['[1] 2', 4],
    ['', 0],
    ['{a: 1}', 1],
    ['[,]', 1],
    ['{"a": "x\n"}', 6],
  ])('tells where %j is wrong', (text, at) => {
    expect(read(text)).toMatchObject({ at, wrong: expect.stringMatching(/^This is not JSON: \w/) })
  })
})

describe('formatted', () => {
  test('lays out as JSON.stringify does', () => {
    const value = { a: [1, { b: [] }, 'x, {y}'], c: {}, d: null, 'e:': [[true]] }
    expect(formatted(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2))
    expect(formatted(' "alone" ')).toBe('"alone"')
  })

  test('keeps numbers as they are written', () => {
    expect(formatted('[12345678901234567890,1.0]')).toBe('[\n  12345678901234567890,\n  1.0\n]')
  })
})

test('numbers beyond what a browser can hold are not exact', () => {
  expect(isExact('[9007199254740991, -1, 1.5, "12345678901234567890"]')).toBe(true)
  expect(isExact('[9007199254740993]')).toBe(false)
  expect(isExact('{"a": -12345678901234567890}')).toBe(false)
})
