// The execution that is looked at: what the host says of it, kept up to date.

import { createContext, untrack } from 'svelte'
import { Patience, persist } from '../../api/again'
import { ApiError, asApiError } from '../../api/call'
import type { AnswerOf } from '../../api/call'
import type { DescribedExecution, HistoryEvent } from '../../api/aws'
import { watch } from '../../api/watch'
import { definedBy, NOTHING, type Defined } from '../../model/defined'
import { toldBy, type tellerOf, type Told } from '../../model/failure'
import { graphOf, type Graph } from '../../model/graph'
import { History } from '../../model/history'
import { Standing } from '../../model/standing'
import { router } from '../../router.svelte'
import { client } from '../../session.svelte'

/** How many rows are asked for at once: all that a history may have. */
const ROWS = 25_000
/** How many events are asked for at once. */
const EVENTS = 200

interface Wanted {
  resolve: (event: HistoryEvent) => void
  reject: (error: ApiError) => void
}

export class Run {
  described = $state.raw<DescribedExecution>()
  machine = $state.raw<AnswerOf<'DescribeStateMachineForExecution'>>()
  error = $state.raw<ApiError>()
  /** Why what changes is not shown just now. */
  cutOff = $state.raw<ApiError>()
  /** Whether the history has come. */
  loaded = $state(false)
  /** The event that the address names. */
  readonly #asked = $derived(Math.trunc(Number(router.query.get('event'))) || undefined)
  /**
   * The event that is looked at; the last one where none is given. What is set holds until the address
   * names another.
   */
  event: number | undefined = $derived(this.#asked)
  /** The host's time, in milliseconds since 1970. */
  now = $state(client().clock.now())

  /** What events leave to the definition, which is here before any of them. */
  #defined: Defined = NOTHING
  readonly history = new History({
    error: (fail) => this.#defined.error(fail),
    tolerated: (map) => this.#defined.tolerated(map),
    catches: (fork, error) => this.#defined.catches(fork, error),
  })
  readonly #standing = new Standing(this.history)
  /** Counts how often the history has grown. */
  #grown = $state(0)
  #events = new Map<number, Promise<HistoryEvent>>()
  #wanted = new Map<number, Wanted>()
  #stop = new AbortController()
  #opening = false
  #watching = false
  #behind = false
  #reading: Promise<void> | undefined
  readonly #patience = new Patience()

  constructor(readonly arn: string) {
    $effect(() => {
      untrack(() => void this.open())
      return () => this.#stop.abort()
    })
    $effect(() => {
      if (!this.runs) return
      const timer = setInterval(() => (this.now = client().clock.now()), 500)
      return () => clearInterval(timer)
    })
  }

  /** Its machine's definition as a graph. */
  graph: Graph | undefined = $derived.by(() => this.machine && graphOf(this.machine.definition))

  get runs(): boolean {
    return this.described?.status === 'RUNNING' || this.described?.status === 'PENDING_REDRIVE'
  }

  get last(): number {
    void this.#grown
    return this.history.last
  }

  /** The event that is looked at. */
  get at(): number {
    return Math.min(Math.max(this.event ?? this.last, 1), this.last)
  }

  /** Whether it is the last one, so that what runs is seen running. */
  get live(): boolean {
    return this.at === this.last
  }

  /** The execution as it stood at that event. */
  standing: { readonly it: Standing } = $derived.by(() => {
    void this.#grown
    return { it: this.#standing.moveTo(this.at) }
  })

  /** Milliseconds since the start, where time goes on in what is looked at. */
  get elapsed(): number | undefined {
    return this.runs && this.live ? Math.max(this.now - this.history.start, 0) : undefined
  }

  /** Asks for all of it, and stays with it: what has ended may be redriven by anybody. */
  async open(): Promise<void> {
    this.#patience.hurry()
    if (this.#opening) return
    this.#opening = true
    this.error = undefined
    try {
      const failed = (error: unknown) => (this.error = asApiError(error))
      await persist(() => this.#begin(), failed, this.#patience, this.#signal)
      this.error = undefined
      void this.follow()
    } catch (error) {
      if (!this.#signal.aborted) this.error = asApiError(error)
    }
    this.#opening = false
  }

  async #begin(): Promise<void> {
    const request = { executionArn: this.arn }
    const machine = async () => {
      // Of an Express execution, which is a Map Run's child, the API does not tell it.
      if (this.arn.includes(':express:')) return
      const action = 'DescribeStateMachineForExecution'
      this.machine = await client().call(action, request, this.#signal)
      if (this.graph) this.#defined = definedBy(this.graph)
    }
    const described = this.describe()
    // Its refusal is heard below, unless another came before.
    described.catch(() => {})
    const known = machine()
    await Promise.all([this.#read(known), known])
    this.loaded = true
    await described
  }

  get #signal(): AbortSignal {
    return this.#stop.signal
  }

  async describe(): Promise<void> {
    const request = { executionArn: this.arn }
    this.described = await client().call('DescribeExecution', request, this.#signal)
  }

  /** Shows what changes. */
  async follow(): Promise<void> {
    if (this.#watching) return
    this.#watching = true
    try {
      await watch(
        client(),
        { executionArn: this.arn },
        (update) => {
          if (update.event === 'cut') return
          const known =
            update.event === 'history' &&
            update.data.lastEventId <= this.history.last &&
            update.data.status === this.described?.status
          if (!known) void this.#catchUp()
        },
        this.#signal,
      )
    } catch (error) {
      this.#lost(error)
    }
    this.#watching = false
  }

  /** Asks for what is new, after something was done, and goes on to show what changes. */
  async refresh(): Promise<void> {
    this.#patience.hurry()
    await this.#catchUp()
    void this.follow()
  }

  #lost(error: unknown): void {
    if (!this.#signal.aborted) this.cutOff = asApiError(error)
  }

  /** Reads what is new; once more where something was told meanwhile. */
  #catchUp(): Promise<void> {
    this.#behind = true
    this.#reading ??= this.#readNew()
    return this.#reading
  }

  async #readNew(): Promise<void> {
    const work = () => Promise.all([this.#read(), this.describe()])
    try {
      while (this.#behind) {
        this.#behind = false
        await persist(work, (error) => this.#lost(error), this.#patience, this.#signal)
      }
      this.cutOff = undefined
    } catch (error) {
      this.#lost(error)
    } finally {
      this.#reading = undefined
    }
  }

  /** Reads what is new; nothing of it is taken in before something else has come. */
  async #read(before?: Promise<void>): Promise<void> {
    for (let more = true; more;) {
      const answer = await client().call(
        'GetHistoryOutline',
        { executionArn: this.arn, afterEventId: this.history.last, maxResults: ROWS },
        this.#signal,
      )
      await before
      this.history.append(answer)
      more = answer.more && answer.events.length > 0
      this.now = client().clock.now()
      if (answer.events.length) this.#grown++
    }
  }

  /** An event with all there is to it. Those that are asked for together are fetched together. */
  whole(id: number): Promise<HistoryEvent> {
    const known = this.#events.get(id)
    if (known) return known
    if (!this.#wanted.size) queueMicrotask(() => void this.#fetch())
    const promise = new Promise<HistoryEvent>((resolve, reject) =>
      this.#wanted.set(id, { resolve, reject }),
    )
    this.#events.set(id, promise)
    return promise
  }

  /** The error and the cause of a failure, by what tells them. */
  async told({ event, told }: ReturnType<typeof tellerOf>): Promise<Told> {
    if (!event) return told ?? {}
    const by = this.history.spanOf[event - 1]
    const definition = by && this.graph?.states.get(by.name)?.definition
    return toldBy(detailsOf(await this.whole(event)), definition)
  }

  async #fetch(): Promise<void> {
    const wanted = [...this.#wanted].sort(([a], [b]) => a - b)
    this.#wanted.clear()
    while (wanted.length) {
      const ids = wanted.slice(0, EVENTS).map(([id]) => id)
      try {
        const { events, nextEventId } = await client().call(
          'GetEvents',
          { executionArn: this.arn, eventIds: ids, includeExecutionData: true },
          this.#signal,
        )
        const found = new Map(events.map((it) => [it.id, it]))
        // Where their data were too much for one answer, the others are asked for again.
        const most = nextEventId ?? Infinity
        const answered = ids.filter((id) => id < most).length || ids.length
        for (const [id, { resolve, reject }] of wanted.splice(0, answered)) {
          const event = found.get(id)
          if (event) resolve(event)
          else reject(new ApiError('EventDoesNotExist', `The history has no event ${id}.`))
        }
      } catch (error) {
        for (const [id, { reject }] of wanted.splice(0)) {
          this.#events.delete(id)
          reject(asApiError(error))
        }
      }
    }
  }
}

/** The details of an event, whatever its type calls them. */
export function detailsOf(event: HistoryEvent): Record<string, unknown> {
  for (const [key, value] of Object.entries(event))
    if (key.endsWith('EventDetails')) return value as Record<string, unknown>
  return {}
}

export const [theRun, giveRun] = createContext<Run>()
