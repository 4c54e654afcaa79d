import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { stubBrowser } from './browser.fake'
import { ApiError, type Client } from './call'
import type { Watch } from './own'
import { watch, type Update } from './watch'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const COUNTS = { counts: { RUNNING: 1 }, stateMachines: [] }

interface Connection {
  request: Watch['request']
  tell: (event: string, data: unknown) => void
  breakOff: () => void
}

/** A host, and who asks it. */
class Host {
  /** Those that are open. */
  open: Connection[] = []
  asked = 0
  refusal: ApiError | undefined
  /** Whether it tells at once how things are. */
  tells = true

  client(accessKeyId = 'one'): Client {
    const post = (_: string, request: Watch['request'], signal: AbortSignal) =>
      this.#connect(request, signal)
    return { credentials: { accessKeyId }, post } as unknown as Client
  }

  #connect(request: Watch['request'], signal: AbortSignal): Promise<Response> {
    this.asked++
    if (this.refusal) return Promise.reject(this.refusal)
    const body = new ReadableStream<Uint8Array>({
      start: (stream) => {
        const utf8 = new TextEncoder()
        const connection: Connection = {
          request,
          tell: (event, data) =>
            stream.enqueue(utf8.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)),
          breakOff: () => {
            this.open = this.open.filter((it) => it !== connection)
            stream.error(new TypeError('network error'))
          },
        }
        signal.addEventListener('abort', connection.breakOff, { once: true })
        this.open.push(connection)
        if (this.tells) connection.tell('counts', COUNTS)
      },
    })
    return Promise.resolve(new Response(body))
  }
}

/** One that watches. */
class Tab {
  readonly heard: string[] = []
  readonly #stop = new AbortController()
  readonly ended: Promise<void>
  error: unknown

  constructor(client: Client, request: Watch['request'] = {}) {
    const told = (update: Update) => this.heard.push(update.event)
    this.ended = watch(client, request, told, this.#stop.signal).catch((error: unknown) => {
      this.error = error
    })
  }

  close(): Promise<void> {
    this.#stop.abort()
    return this.ended
  }

  /** What it was told since this was asked. */
  news(): string[] {
    return this.heard.splice(0)
  }
}

/** Until all that can happen now has; so long later. */
async function after(milliseconds = 0): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds)
  for (let turn = 0; turn < 10; turn++) await vi.advanceTimersByTimeAsync(0)
}

test('tabs that watch the same share a connection, and whoever comes later hears how things are', async () => {
  stubBrowser()
  const host = new Host()
  const [one, two] = [new Tab(host.client()), new Tab(host.client())]
  await after()
  expect(host.asked).toBe(1)
  host.open[0]?.tell('execution', {})
  await after()
  expect(one.heard).toEqual(['counts', 'execution'])
  expect(two.heard).toEqual(['counts', 'execution'])
  const three = new Tab(host.client())
  await after()
  expect(three.heard).toEqual(['counts'])
  host.open[0]?.tell('lagged', {})
  await after()
  expect([one, two, three].map((it) => it.heard.at(-1))).toEqual(['lagged', 'lagged', 'lagged'])
  expect(host.asked).toBe(1)
  await Promise.all([one, two, three].map((it) => it.close()))
  expect(host.open).toEqual([])
})

test('what others watch, or somebody else does, is not shared', async () => {
  stubBrowser()
  const host = new Host()
  const tabs = [
    new Tab(host.client()),
    new Tab(host.client('two')),
    new Tab(host.client(), { executionArn: 'a' }),
  ]
  await after()
  expect(host.open.map((it) => it.request)).toEqual([{}, {}, { executionArn: 'a' }])
  host.open[0]?.tell('execution', {})
  await after()
  expect(tabs.map((it) => it.heard.length)).toEqual([2, 1, 1])
  await Promise.all(tabs.map((it) => it.close()))
})

test('another tab goes on once the one that asks is closed, and all hear that some may be missing', async () => {
  stubBrowser()
  const host = new Host()
  const tabs = [1, 2, 3].map(() => new Tab(host.client()))
  await after()
  tabs.forEach((it) => it.news())
  await tabs[0]?.close()
  await after()
  expect(host.open.length).toBe(1)
  expect(tabs.map((it) => it.news())).toEqual([[], ['again', 'counts'], ['again', 'counts']])
  await Promise.all(tabs.map((it) => it.close()))
})

test('a connection that breaks is made again, and all hear that they were cut off', async () => {
  stubBrowser()
  const host = new Host()
  const tabs = [1, 2].map(() => new Tab(host.client()))
  await after()
  tabs.forEach((it) => it.news())
  host.refusal = new ApiError('Unreachable', 'The host does not answer.')
  host.open[0]?.breakOff()
  await after()
  expect(tabs.map((it) => it.news())).toEqual([['cut'], ['cut']])
  // Nobody knows how things are now.
  const late = new Tab(host.client())
  await after(499)
  expect([host.asked, late.news()]).toEqual([1, []])
  await after(1)
  expect(host.asked).toBe(2)
  tabs.forEach((it) => it.news())
  host.refusal = undefined
  await after(1000)
  expect([...tabs, late].map((it) => it.news())).toEqual([
    ['again', 'counts'],
    ['again', 'counts'],
    ['cut', 'again', 'counts'],
  ])
  await Promise.all([...tabs, late].map((it) => it.close()))
})

test('what the host refuses is thrown in each tab, as its own answer', async () => {
  stubBrowser()
  const host = new Host()
  host.refusal = new ApiError('ExecutionDoesNotExist', '')
  const tabs = [1, 2].map(() => new Tab(host.client()))
  await after()
  expect(tabs.map((it) => it.error)).toEqual([host.refusal, host.refusal])
  expect(host.asked).toBe(2)
})

test('a page that nobody sees gives its connection up, and hears that some may be missing after', async () => {
  const page = stubBrowser()
  const host = new Host()
  const tabs = [1, 2].map(() => new Tab(host.client()))
  await after()
  tabs.forEach((it) => it.news())
  page.show(false)
  await after(10_000)
  expect(host.open).toEqual([])
  tabs.forEach((it) => it.news())
  page.show(true)
  await after()
  expect(host.open.length).toBe(1)
  expect(tabs.map((it) => it.news())).toEqual([
    ['again', 'counts'],
    ['again', 'counts'],
  ])
  await Promise.all(tabs.map((it) => it.close()))
})

test('where four things are watched, the fifth is looked at every now and then', async () => {
  stubBrowser()
  const host = new Host()
  const tabs = ['a', 'b', 'c', 'd', 'e'].map(
    (executionArn) => new Tab(host.client(), { executionArn }),
  )
  const last = tabs[4]!
  await after()
  expect([host.asked, host.open.length]).toEqual([5, 4])
  expect(last.news()).toEqual(['counts'])
  await after(1999)
  expect(host.asked).toBe(5)
  await after(1)
  expect([host.asked, host.open.length]).toEqual([6, 4])
  expect(last.news()).toEqual(['again', 'counts'])
  await tabs[1]?.close()
  await after(2000)
  expect(host.open.map((it) => it.request.executionArn).sort()).toEqual(['a', 'c', 'd', 'e'])
  await after(60_000)
  expect(host.asked).toBe(7)
  await Promise.all(tabs.map((it) => it.close()))
})

test('a look at a host that tells nothing is over when it is to end', async () => {
  stubBrowser()
  const host = new Host()
  host.tells = false
  const tabs = ['a', 'b', 'c', 'd', 'e'].map(
    (executionArn) => new Tab(host.client(), { executionArn }),
  )
  await after()
  expect(host.open.length).toBe(5)
  await Promise.all(tabs.map((it) => it.close()))
  expect(host.open).toEqual([])
})

test('without locks each tab asks by itself', async () => {
  stubBrowser({ locks: false })
  const host = new Host()
  const tabs = [1, 2].map(() => new Tab(host.client()))
  await after()
  expect(host.open.length).toBe(2)
  expect(tabs.map((it) => it.news())).toEqual([['counts'], ['counts']])
  await Promise.all(tabs.map((it) => it.close()))
})
