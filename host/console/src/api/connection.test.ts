import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Connection } from './connection.svelte'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('is lost until the host answers again, and tells when it does', async () => {
  let up = false
  const probe = vi.fn(() => (up ? Promise.resolve() : Promise.reject(new Error())))
  const connection = new Connection(probe)
  const told = vi.fn()
  const off = connection.onBack(told)
  vi.setSystemTime(1000)
  connection.failed()
  expect(connection.lost).toBe(true)
  await vi.advanceTimersByTimeAsync(5000)
  expect(probe).toHaveBeenCalledTimes(2)
  // It has been since the first time.
  connection.failed()
  expect(connection.known()).toBe(1000)
  up = true
  await vi.advanceTimersByTimeAsync(2000)
  expect(connection.lost).toBe(false)
  expect(connection.known()).toBe(Date.now())
  expect(connection.times).toBe(1)
  expect(told).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(probe).toHaveBeenCalledTimes(3)
  off()
  connection.failed()
  connection.heard()
  expect(told).toHaveBeenCalledTimes(1)
})

test('is not asked for any more once something else was answered', async () => {
  const probe = vi.fn(() => Promise.reject(new Error()))
  const connection = new Connection(probe)
  connection.failed()
  connection.heard()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(probe).not.toHaveBeenCalled()
  connection.heard()
  expect(connection.times).toBe(1)
})

test('has one attempt after the other, however often it is lost', async () => {
  const probe = vi.fn(() => Promise.reject(new Error()))
  const connection = new Connection(probe)
  for (let time = 0; time < 3; time += 1) {
    connection.failed()
    connection.heard()
  }
  connection.failed()
  await vi.advanceTimersByTimeAsync(2000)
  expect(probe).toHaveBeenCalledTimes(1)
})

test('is found to be lost, or back, by a check', async () => {
  let up = false
  const probe = vi.fn(() => (up ? Promise.resolve() : Promise.reject(new Error())))
  const connection = new Connection(probe)
  connection.check()
  await vi.advanceTimersByTimeAsync(0)
  expect(connection.lost).toBe(true)
  up = true
  connection.check()
  await vi.advanceTimersByTimeAsync(0)
  expect(connection.lost).toBe(false)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(probe).toHaveBeenCalledTimes(2)
})
