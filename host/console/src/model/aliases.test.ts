import { describe, expect, test } from 'vitest'
import {
  aliasDraft,
  changes,
  leadingTo,
  nameProblem,
  newAlias,
  routes,
  shareProblem,
  shares,
  undoes,
  way,
  type Alias,
} from './aliases'

const MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:m'

/** An alias that leads to versions with these weights. */
function alias(weights: Record<string, number>, more: Partial<Alias> = {}): Alias {
  return {
    stateMachineAliasArn: `${MACHINE}:prod`,
    name: 'prod',
    routingConfiguration: Object.entries(weights).map(([number, weight]) => ({
      stateMachineVersionArn: `${MACHINE}:${number}`,
      weight,
    })),
    creationDate: 1,
    updateDate: 1,
    ...more,
  }
}

describe('a name', () => {
  test('of letters, digits and the like is one', () => {
    for (const name of ['prod', '1.0', '1-2', '_', '.', 'a'.repeat(80)])
      expect(nameProblem(name, ['other'])).toBeUndefined()
  })

  test('is refused by what is wrong with it', () => {
    expect(nameProblem('', [])).toBe('An alias needs a name.')
    for (const name of ['to prod', 'größer', 'a:b', 'a\n'])
      expect(nameProblem(name, [])).toMatch(/^Only letters/)
    expect(nameProblem('a'.repeat(81), [])).toBe('It can have 80 characters at most.')
    expect(nameProblem('12', [])).toMatch(/^Digits alone would name a version/)
    expect(nameProblem('prod', ['test', 'prod'])).toBe('There is an alias of this name.')
  })
})

test('a share is a whole number of per cents, where there is another version', () => {
  const draft = newAlias('3')
  for (const share of [0, 10, 100])
    expect(shareProblem({ ...draft, other: '4', share })).toBeUndefined()
  for (const share of [-1, 101, 0.5, NaN, undefined]) {
    expect(shareProblem({ ...draft, other: '4', share })).toMatch(/whole number from 0 to 100/)
    expect(shareProblem({ ...draft, share })).toBeUndefined()
  }
})

test('weights add up to a hundred, and a version of none is let go', () => {
  const draft = { ...newAlias('3'), other: '4' }
  expect(shares(draft)).toEqual([
    ['3', 90],
    ['4', 10],
  ])
  for (let share = 0; share <= 100; share += 1) {
    const all = routes({ ...draft, share }, MACHINE)
    expect(all.reduce((sum, it) => sum + it.weight, 0)).toBe(100)
    expect(all.every((it) => it.weight > 0)).toBe(true)
  }
  expect(routes({ ...draft, share: 100 }, MACHINE)).toEqual(alias({ 4: 100 }).routingConfiguration)
  expect(routes(newAlias('3'), MACHINE)).toEqual(alias({ 3: 100 }).routingConfiguration)
})

describe('a form of an alias', () => {
  test('changes nothing by itself', () => {
    for (const it of [
      alias({ 3: 100 }),
      alias({ 3: 90, 4: 10 }, { description: 'For all.' }),
      alias({ 3: 100, 4: 0 }),
      alias({ 3: 0, 4: 100 }),
    ])
      expect(changes(aliasDraft(it), it, MACHINE)).toEqual({})
  })

  test('says only what it changes', () => {
    const it = alias({ 3: 90, 4: 10 }, { description: 'For all.' })
    const draft = aliasDraft(it)
    expect(changes({ ...draft, description: '' }, it, MACHINE)).toEqual({ description: '' })
    expect(changes({ ...draft, share: 50 }, it, MACHINE)).toEqual({
      routingConfiguration: alias({ 3: 50, 4: 50 }).routingConfiguration,
    })
    const turned = { ...draft, version: '4', other: '3', share: 90 }
    expect(changes(turned, it, MACHINE)).toEqual({})
  })
})

describe('changes undo those of others', () => {
  const was = alias({ 3: 100 }, { description: 'For all.' })
  const mine = { routingConfiguration: alias({ 3: 90, 4: 10 }).routingConfiguration }

  test('where both changed the same, and differently', () => {
    const now = alias({ 5: 100 }, { description: 'For all.' })
    expect(undoes(mine, was, now)).toBe(true)
    expect(undoes({ description: 'Mine.' }, was, now)).toBe(false)
    const described = { ...was, description: 'Theirs.' }
    expect(undoes({ description: 'Mine.' }, was, described)).toBe(true)
    expect(undoes({ description: 'Theirs.' }, was, described)).toBe(false)
    expect(undoes(mine, was, described)).toBe(false)
  })

  test('not where there is nothing to undo', () => {
    expect(undoes(mine, was, was)).toBe(false)
    expect(undoes(mine, was, alias({ 4: 10, 3: 90 }))).toBe(false)
    expect(undoes({}, was, alias({ 5: 100 }))).toBe(false)
  })
})

test('a version is told which aliases lead to it, be it with no weight', () => {
  const all = [
    alias({ 3: 90, 4: 10 }),
    alias({ 4: 100 }, { name: 'next' }),
    alias({ 3: 0, 5: 100 }, { name: 'last' }),
  ]
  expect(leadingTo(`${MACHINE}:4`, all)).toEqual([
    { name: 'prod', weight: 10 },
    { name: 'next', weight: 100 },
  ])
  expect(leadingTo(`${MACHINE}:3`, all)).toEqual([
    { name: 'prod', weight: 90 },
    { name: 'last', weight: 0 },
  ])
  expect(leadingTo(`${MACHINE}:2`, all)).toEqual([])
})

test('a way is told in words', () => {
  expect(way(alias({ 3: 90, 4: 10 }).routingConfiguration)).toBe(
    '90 % to version 3, 10 % to version 4',
  )
})
