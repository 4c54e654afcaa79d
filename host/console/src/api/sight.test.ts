import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Page } from './browser.fake'
import { Away, inSight } from './sight'

let page: Page
beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('document', (page = new Page()))
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test('a page is away once it has been out of sight for a while', () => {
  const away = new Away()
  page.show(false)
  vi.advanceTimersByTime(9_999)
  expect(away.signal.aborted).toBe(false)
  vi.advanceTimersByTime(1)
  expect(away.signal.aborted).toBe(true)
})

test('a page that comes back in time has not been away', () => {
  const away = new Away()
  page.show(false)
  vi.advanceTimersByTime(5_000)
  page.show(true)
  vi.advanceTimersByTime(60_000)
  expect(away.signal.aborted).toBe(false)
})

test('nothing is told once it is closed', () => {
  const away = new Away()
  page.show(false)
  away.close()
  vi.advanceTimersByTime(60_000)
  expect(away.signal.aborted).toBe(false)
})

test('waits until the page is in sight, or it is told to stop', async () => {
  const never = new AbortController()
  await inSight(never.signal)
  page.show(false)
  const seen = vi.fn()
  const shown = inSight(never.signal).then(seen)
  await Promise.resolve()
  expect(seen).not.toHaveBeenCalled()
  page.show(true)
  await shown
  page.show(false)
  const stopped = inSight(never.signal)
  never.abort()
  await stopped
})
