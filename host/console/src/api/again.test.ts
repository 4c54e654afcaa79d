import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { passes, Patience, persist } from './again'
import { ApiError, connection } from './call'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const down = new ApiError('Unreachable', 'The host does not answer.')
const never = new AbortController().signal

test('what a host refuses does not pass, what it cannot do just now does', () => {
  expect(passes(down)).toBe(true)
  expect(passes(new ApiError('ThrottlingException', 'Rate exceeded'))).toBe(true)
  expect(passes(new ApiError('Status 502', 'Bad Gateway'))).toBe(true)
  expect(passes(new TypeError('network error'))).toBe(true)
  expect(passes(new ApiError('ExecutionDoesNotExist', ''))).toBe(false)
  expect(passes(new Error('event 3 is missing'))).toBe(false)
})

test('tries again until it works, after longer and longer waits, and tells of each failure', async () => {
  const work = vi
    .fn<() => Promise<string>>()
    .mockRejectedValueOnce(down)
    .mockRejectedValueOnce(down)
  work.mockResolvedValue('there')
  const failed = vi.fn()
  const done = persist(work, failed, new Patience(), never)
  await vi.advanceTimersByTimeAsync(499)
  expect(work).toHaveBeenCalledTimes(1)
  expect(failed).toHaveBeenLastCalledWith(down)
  await vi.advanceTimersByTimeAsync(1)
  expect(work).toHaveBeenCalledTimes(2)
  await vi.advanceTimersByTimeAsync(999)
  expect(work).toHaveBeenCalledTimes(2)
  await vi.advanceTimersByTimeAsync(1)
  expect(await done).toBe('there')
  expect(failed).toHaveBeenCalledTimes(2)
})

test('throws what does not pass at once', async () => {
  const refused = new ApiError('ExecutionDoesNotExist', '')
  const failed = vi.fn()
  await expect(persist(() => Promise.reject(refused), failed, new Patience(), never)).rejects.toBe(
    refused,
  )
  expect(failed).not.toHaveBeenCalled()
})

test('waits no longer than a while, and not at all where somebody is in a hurry', async () => {
  const work = vi.fn(() => Promise.reject(down))
  const patience = new Patience()
  void persist(work, () => {}, patience, never)
  await vi.advanceTimersByTimeAsync(500 + 1000 + 2000 + 4000 + 8000 + 15_000 + 15_000)
  expect(work).toHaveBeenCalledTimes(8)
  patience.hurry()
  await vi.advanceTimersByTimeAsync(0)
  expect(work).toHaveBeenCalledTimes(9)
  await vi.advanceTimersByTimeAsync(500)
  expect(work).toHaveBeenCalledTimes(10)
})

test('waits no longer once the host is back, and a while where it comes back after each attempt', async () => {
  const work = vi.fn(() => {
    connection.failed()
    return Promise.reject(down)
  })
  void persist(work, () => {}, new Patience(), never)
  await vi.advanceTimersByTimeAsync(500 + 1000 + 2000 + 4000 + 5000)
  expect(work).toHaveBeenCalledTimes(5)
  connection.heard()
  await vi.advanceTimersByTimeAsync(0)
  expect(work).toHaveBeenCalledTimes(6)
  for (let time = 0; time < 20_000; time += 10) {
    connection.heard()
    await vi.advanceTimersByTimeAsync(10)
  }
  expect(work).toHaveBeenCalledTimes(16)
})

test('stops when it is told to, and then throws', async () => {
  const stop = new AbortController()
  const work = vi.fn(() => Promise.reject(down))
  const ended = expect(persist(work, () => {}, new Patience(), stop.signal)).rejects.toThrow()
  await vi.advanceTimersByTimeAsync(100)
  stop.abort()
  await ended
  expect(work).toHaveBeenCalledTimes(1)
})
