import { describe, expect, test } from 'vitest'
import { indent, line, lineAt, lines, pieces, type Mark } from './text'

describe('lines', () => {
  const text = '{\n  "a": 1\n}\n'
  const all = lines(text)

  test('begin where they do', () => {
    expect(all.starts).toEqual([0, 2, 11, 13])
    expect(lines('').starts).toEqual([0])
  })

  test('are as wide as the widest', () => {
    expect(all.width).toBe(8)
    expect(lines('日本\tx').width).toBe(7)
  })

  test('are found by an offset', () => {
    expect([0, 1, 2, 10, 11, 12, 13, 99].map((it) => lineAt(all, it))).toEqual([
      0, 0, 1, 1, 2, 2, 3, 3,
    ])
  })

  test('have their text', () => {
    expect(line(text, all, 1)).toEqual(['  "a": 1', 2])
    expect(line(text, all, 3)).toEqual(['', 13])
  })
})

describe('pieces', () => {
  const mark = (from: number, to: number, severity: Mark['severity'] = 'ERROR'): Mark => ({
    from,
    to,
    severity,
    message: '',
  })
  const marked = (text: string, from: number, ...marks: Mark[]) =>
    pieces(text, from, marks)
      .filter((it) => it.severity)
      .map((it) => [it.text, it.severity])

  test('are cut where a mark begins and ends', () => {
    const all = pieces('"abcd": 1', 100, [mark(102, 104)])
    expect(all.map((it) => it.text)).toEqual(['"a', 'bc', 'd"', ':', ' ', '1'])
    expect(all.map((it) => it.kind).slice(0, 3)).toEqual(['key', 'key', 'key'])
    expect(all.map((it) => it.severity)).toEqual([
      undefined,
      'ERROR',
      undefined,
      undefined,
      undefined,
      undefined,
    ])
  })

  test('an error counts more than a warning', () => {
    expect(marked('[1]', 0, mark(0, 3, 'WARNING'), mark(1, 2))).toEqual([
      ['[', 'WARNING'],
      ['1', 'ERROR'],
      [']', 'WARNING'],
    ])
  })

  test('a mark without length is seen', () => {
    expect(marked('[1', 0, mark(2, 2))).toEqual([['1', 'ERROR']])
    expect(marked('[1', 0, mark(0, 0))).toEqual([['[', 'ERROR']])
  })

  test('a mark over several lines is in each', () => {
    expect(marked('ab', 10, mark(5, 20))).toEqual([['ab', 'ERROR']])
    expect(marked('ab', 10, mark(0, 5))).toEqual([])
  })

  test('very long lines stay whole', () => {
    expect(pieces('1,'.repeat(6000), 0, [])).toHaveLength(1)
  })
})

test('a new line is indented as the one before, and more in an object', () => {
  expect(indent('  "a": 1,', 9)).toBe('  ')
  expect(indent('  "a": {', 8)).toBe('    ')
  expect(indent('x\n\t[', 4)).toBe('\t  ')
  expect(indent('', 0)).toBe('')
})
