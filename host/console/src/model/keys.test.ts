import { describe, expect, test } from 'vitest'
import { meaning, step, written, type Binding } from './keys'

const nothing = () => {}
const binding = (keys: string, does = keys): Binding => ({ keys, does, run: nothing })

describe('meaning', () => {
  const bindings = [binding('j'), binding('g m'), binding('g e'), binding('m')]

  test('one key', () => {
    expect(meaning(bindings, undefined, 'j')).toEqual({ binding: bindings[0] })
    expect(meaning(bindings, undefined, 'x')).toBeUndefined()
  })

  test('two after each other', () => {
    expect(meaning(bindings, undefined, 'g')).toEqual({ pending: 'g' })
    expect(meaning(bindings, 'g', 'm')).toEqual({ binding: bindings[1] })
  })

  test('a second key that goes with nothing counts alone', () => {
    expect(meaning(bindings, 'g', 'j')).toEqual({ binding: bindings[0] })
    expect(meaning(bindings, 'g', 'x')).toBeUndefined()
    expect(meaning(bindings, 'g', 'g')).toEqual({ pending: 'g' })
  })

  test('the last one of the same keys counts', () => {
    const own = binding('j', 'own')
    expect(meaning([...bindings, own], undefined, 'j')).toEqual({ binding: own })
  })
})

test('keys are written as people know them', () => {
  expect(written('g m')).toEqual(['g', 'm'])
  expect(written('Escape')).toEqual(['Esc'])
  expect(written('ArrowDown')).toEqual(['↓'])
  expect(written(' ')).toEqual(['Space'])
})

test('steps stop at both ends', () => {
  expect(step(-1, 1, 3)).toBe(0)
  expect(step(-1, -1, 3)).toBe(2)
  expect(step(2, 1, 3)).toBe(2)
  expect(step(0, -1, 3)).toBe(0)
  expect(step(-1, 1, 0)).toBe(-1)
})
