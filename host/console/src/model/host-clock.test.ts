import { expect, test } from 'vitest'
import { HostClock } from './host-clock'

const AT = Date.UTC(2026, 0, 1)

test('a clock that may be right is taken as it is', () => {
  const clock = new HostClock()
  expect(clock.now(AT)).toBe(AT)
  // The header leaves the part of a second out.
  clock.heard(AT, AT + 700, AT + 720)
  expect(clock.ahead).toBe(0)
})

test('a clock that is wrong is set right, better with each answer', () => {
  const clock = new HostClock()
  const ahead = -120_000
  // The host's time is a quarter past a second, then three quarters.
  for (const host of [AT + 250, AT + 5_750]) {
    const own = host - ahead
    clock.heard(Math.floor(host / 1000) * 1000, own - 10, own + 10)
  }
  expect(Math.abs(clock.ahead - ahead)).toBeLessThan(260)
  expect(Math.abs(clock.now(AT + 9_000 - ahead) - (AT + 9_000))).toBeLessThan(260)
})

test('a clock that was set meanwhile is followed', () => {
  const clock = new HostClock()
  clock.heard(AT, AT + 100, AT + 110)
  clock.heard(AT + 10_000, AT + 3_610_000, AT + 3_610_020)
  expect(clock.ahead).toBeLessThan(-3_598_000)
  clock.heard(AT + 20_000, AT + 20_500, AT + 20_510)
  expect(clock.ahead).toBe(0)
})

test('an answer without a date says nothing', () => {
  const clock = new HostClock()
  clock.heard(Date.parse(''), AT, AT)
  expect(clock.now(AT)).toBe(AT)
})

test('reads the clock that it is told to', () => {
  const clock = new HostClock(() => 5000)
  clock.heard(70_000, 4900, 5000)
  expect(clock.now()).toBe(5000 + clock.ahead)
})
