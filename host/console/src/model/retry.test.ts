import { describe, expect, it } from 'vitest'
import { afterErrors, matches, nextAttempt } from './retry'

const after = (retriers: object[], errors: string[], more: object = {}) =>
  nextAttempt({ Type: 'Task', Retry: retriers, ...more }, errors)

describe('the next attempt', () => {
  const several = [
    { ErrorEquals: ['A'], IntervalSeconds: 2, BackoffRate: 3, MaxAttempts: 2 },
    { ErrorEquals: ['States.Timeout'], MaxAttempts: 0 },
    { ErrorEquals: ['States.ALL'], MaxDelaySeconds: 1, JitterStrategy: 'FULL' },
  ]

  it.each([
    [['A'], { attempt: 2, of: 3, delay: 2000, jitter: false }],
    [['A', 'A'], { attempt: 3, of: 3, delay: 6000, jitter: false }],
    [['A', 'A', 'A'], undefined],
    [['States.Timeout'], undefined],
    [['B', 'B'], { attempt: 3, of: 4, delay: 1000, jitter: true }],
    [['A', 'B'], { attempt: 3, of: 5, delay: 1000, jitter: true }],
    // Each retrier counts its own.
    [['A', 'B', 'A'], { attempt: 4, of: 4, delay: 6000, jitter: false }],
    [['A', 'B', 'A', 'A'], undefined],
    [['States.Runtime'], undefined],
    [[], undefined],
  ])('after %j', (errors, next) => {
    const found = after(several, errors)
    if (next) expect(found).toMatchObject(next)
    else expect(found).toBe(next)
  })

  it.each([
    [['A'], { interval: 2000, rate: 3 }],
    [['B'], { interval: 1000, rate: 2 }],
  ])('after %j is told with its back-off', (errors, backOff) => {
    expect(after(several, errors)).toMatchObject(backOff)
  })

  it.each([
    [['A', 'A', 'A'], 'none left'],
    [['States.Timeout'], 'none allowed'],
    [['States.Runtime'], 'no retrier'],
  ])('does not come after %j: %s', (errors, why) => {
    expect(afterErrors({ Type: 'Task', Retry: several }, errors)).toBe(why)
  })

  it('is as AWS has it where nothing is said of it', () => {
    const retriers = [{ ErrorEquals: ['A'] }]
    const delays = [1, 2, 3, 4].map((length) => after(retriers, Array<string>(length).fill('A')))
    expect(delays.map((it) => it && [it.delay, it.of, it.jitter])).toEqual([
      [1000, 4, false],
      [2000, 4, false],
      [4000, 4, false],
      undefined,
    ])
  })

  it.each([
    [1, 1000],
    [2, 5000],
    [3, 7000],
    [4, 7000],
  ])('after %d waits at most MaxDelaySeconds', (length, delay) => {
    const retrier = { ErrorEquals: ['A'], BackoffRate: 5, MaxDelaySeconds: 7, MaxAttempts: 9 }
    expect(after([retrier], Array<string>(length).fill('A'))?.delay).toBe(delay)
  })

  it('is not asked of a later retrier where the first that matches has none left', () => {
    const first = { ErrorEquals: ['A'], MaxAttempts: 0 }
    expect(after([first, { ErrorEquals: ['States.ALL'] }], ['A'])).toBeUndefined()
  })

  it.each([{}, { Retry: 'A' }, { Retry: [{}] }])('is none with %j', (definition) => {
    expect(nextAttempt(definition, ['A'])).toBeUndefined()
  })
})

describe('a matcher', () => {
  it.each([
    ['States.ALL', 'A', {}, true],
    ['States.ALL', 'States.Runtime', {}, false],
    ['States.Runtime', 'States.Runtime', {}, false],
    ['States.TaskFailed', 'A', {}, true],
    ['States.TaskFailed', 'States.Timeout', {}, false],
    ['States.BranchFailed', 'A', { Type: 'Parallel' }, true],
    ['States.BranchFailed', 'A', { Type: 'Map' }, false],
    ['States.HeartbeatTimeout', 'States.HeartbeatTimeout', {}, true],
    ['States.HeartbeatTimeout', 'States.Timeout', {}, false],
    ['States.HeartbeatTimeout', 'States.Timeout', { HeartbeatSeconds: 5 }, true],
    ['States.HeartbeatTimeout', 'States.Timeout', { HeartbeatSecondsPath: '$.s' }, true],
    ['States.HeartbeatTimeout', 'A', { HeartbeatSeconds: 5 }, false],
    ['States.Timeout', 'States.Timeout', { HeartbeatSeconds: 5 }, true],
  ])('%s, of %s with %j: %j', (name, error, definition, matched) => {
    expect(matches({ Type: 'Task', ...definition }, { ErrorEquals: [name] }, error)).toBe(matched)
  })

  it('leads to the retrier of a missed heartbeat', () => {
    const retriers = [{ ErrorEquals: ['States.HeartbeatTimeout'], IntervalSeconds: 3 }]
    expect(after(retriers, ['States.Timeout'])).toBeUndefined()
    expect(after(retriers, ['States.Timeout'], { HeartbeatSeconds: 2 })?.delay).toBe(3000)
  })
})
