import { expect, test } from 'vitest'
import { draftOf, isOfProject, isOutdated, recalled } from './draft'

test('a draft is kept with its revision', () => {
  for (const draft of [draftOf('{}', undefined), draftOf('{}', 'r1')])
    expect(recalled(JSON.stringify(draft))).toEqual(draft)
  for (const kept of [null, 'no JSON', 'null', '{"StartAt":"A"}'])
    expect(recalled(kept)).toBeUndefined()
})

test('a draft is outdated once the machine has another revision', () => {
  const draft = draftOf('mine', 'r1')
  expect(isOutdated(draft, { definition: 'before', revisionId: 'r1' })).toBe(false)
  expect(isOutdated(draft, { definition: 'theirs', revisionId: 'r2' })).toBe(true)
  expect(isOutdated(draft, { definition: 'mine', revisionId: 'r2' })).toBe(false)
  expect(isOutdated(draftOf('mine', undefined), { definition: 'theirs', revisionId: 'r1' })).toBe(
    true,
  )
})

test('a machine is the project’s where its input is', () => {
  expect(isOfProject({ source: 'PROJECT', examples: [] })).toBe(true)
  expect(isOfProject({ source: 'FIRST_TASK', examples: [{ name: 'good', input: '{}' }] })).toBe(
    true,
  )
  expect(isOfProject({ source: 'FIRST_TASK', examples: [] })).toBe(false)
  expect(isOfProject(undefined)).toBe(false)
})
