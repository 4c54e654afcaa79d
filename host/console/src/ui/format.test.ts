import { expect, it } from 'vitest'
import { bytes, callDuration, duration, fineDuration, lasted } from './format'

it('writes durations as people say them', () => {
  expect([0, 340, 4200, 200_000, 7_500_000, 273_600_000].map(duration)).toEqual([
    '0 ms',
    '340 ms',
    '4.2 s',
    '3 min 20 s',
    '2 h 5 min',
    '3 d 4 h',
  ])
})

it('rounds durations to no more of a unit than the next one has', () => {
  expect([999.4, 999.5, 9940, 9950, 59_400, 59_500].map(duration)).toEqual([
    '999 ms',
    '1.0 s',
    '9.9 s',
    '10 s',
    '59 s',
    '1 min',
  ])
})

it('writes a few milliseconds to a tenth, and never a little as nothing', () => {
  expect([0, 0.02, 0.44, 2, 9.96, 12.4, 4200].map(fineDuration)).toEqual([
    '0 ms',
    '< 0.1 ms',
    '0.4 ms',
    '2 ms',
    '10 ms',
    '12 ms',
    '4.2 s',
  ])
})

it('does not say of calls that took no whole millisecond that they took no time', () => {
  expect([0, 0.5, 3].map(callDuration)).toEqual(['< 1 ms', '0.5 ms', '3 ms'])
})

it('does not say that something took no time', () => {
  expect([0, 0.4, 1, 4200].map(lasted)).toEqual(['< 1 ms', '< 1 ms', '1 ms', '4.2 s'])
})

it('writes bytes in units of 1024', () => {
  expect([0, 512, 1536, 128 << 20].map(bytes)).toEqual(['0 B', '512 B', '1.5 KiB', '128 MiB'])
})
