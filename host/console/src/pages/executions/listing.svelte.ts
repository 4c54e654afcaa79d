// The executions that a list shows: a page of those that the address asks for, and what becomes of them.

import type { ExecutionListItem } from '../../api/aws'
import type { Watch } from '../../api/own'
import {
  belongs,
  matches,
  merged,
  parse,
  request,
  subject,
  updated,
  type Filters,
} from '../../model/filters'
import { around, FIRST, followed, kept, recalled, shown } from '../../model/paging'
import { router } from '../../router.svelte'
import { client } from '../../session.svelte'
import { Live } from '../../ui/live.svelte'
import { Loaded } from '../../ui/load.svelte'

const KEPT = 'stepwell-live'
/** The tokens of pages outlive a reload, and a look at an execution. */
const PAGES = 'stepwell-pages'

/** How many pages' length the first page grows to by what is new before it is asked for again. */
const GROWTH = 2

export class Listing {
  readonly #machine: () => string | undefined
  readonly filters: Filters = $derived.by(() => parse(router.query, this.#machine()))
  /** The filters as a text, which changes only where they do. */
  readonly #asked = $derived(JSON.stringify(this.filters))
  /** What is watched, as a text: filters narrow what shows of what is told. */
  readonly #watched = $derived(JSON.stringify(watched(this.filters)))
  rows = $state.raw<ExecutionListItem[]>([])
  /** Those that are new, and not yet among the rows. */
  fresh = $state.raw<ExecutionListItem[]>([])
  /** Whether new ones show by themselves. */
  following = $state(localStorage.getItem(KEPT) !== 'off')
  /** Whether somebody has an eye on a row, which must not move then. */
  still = $state(false)
  #pages = $state.raw(FIRST)
  /** What was told while an answer is on its way, which may be older. */
  #meanwhile: ExecutionListItem[] = []
  /** The filters that the rows are of, as a text. */
  #shown = $state('')
  readonly page: Loaded<void>
  readonly live: Live

  /** The executions of a machine, or of the one or the Map Run that the address names, or of all. */
  constructor(machine: () => string | undefined) {
    this.#machine = machine
    this.#pages = recalled(list(this.filters), sessionStorage.getItem(PAGES)) ?? FIRST
    this.page = new Loaded((signal) => this.#load(JSON.parse(this.#asked) as Filters, signal))
    this.live = new Live(() => JSON.parse(this.#watched) as Watch['request'], {
      executions: (news) => this.#tell(news),
      missed: () => this.page.refresh(),
    })
    $effect(() => {
      if (this.fresh.length && this.following && !this.still) this.show()
    })
  }

  /** Whether the rows are no longer those that are asked for. */
  get stale() {
    return this.#shown !== this.#asked
  }

  get around() {
    return around(this.#pages, this.filters.page)
  }

  follow(on: boolean): void {
    this.following = on
    localStorage.setItem(KEPT, on ? 'on' : 'off')
  }

  /** Shows those that are new, and no longer those that do not match any more. */
  show(): void {
    const { size } = this.filters
    const rows = merged(this.fresh, this.rows)
    // As many as a page has may not be all that are new.
    const again = this.fresh.length >= size || rows.length > size * GROWTH
    this.rows = rows.filter((it) => matches(this.filters, it, client().clock.now()))
    this.fresh = []
    if (again) {
      // It is somebody's wish, or nobody looks: rows may move.
      this.#shown = ''
      void this.page.again()
    }
  }

  async #load(filters: Filters, signal: AbortSignal): Promise<void> {
    const { mapRun, page } = filters
    this.#meanwhile = []
    const answer = mapRun
      ? await children(mapRun, filters, signal)
      : await client().call('SearchExecutions', request(filters, client().clock.now()), signal)
    const asked = JSON.stringify(filters)
    if (this.still && this.#shown === asked) {
      const { listed, others } = updated(this.rows, answer.executions)
      this.rows = listed
      if (!page) this.fresh = others.filter((it) => this.#belongs(it))
    } else {
      this.rows = answer.executions
      this.fresh = []
    }
    this.#shown = asked
    this.#pages = followed(shown(this.#pages, page), page, answer.nextToken)
    sessionStorage.setItem(PAGES, kept(list(filters), this.#pages))
    this.#take(this.#meanwhile)
  }

  #tell(news: ExecutionListItem[]): void {
    if (this.page.loading) this.#meanwhile.push(...news)
    this.#take(news)
  }

  #take(news: ExecutionListItem[]): void {
    const { listed, others } = updated(this.rows, news)
    this.rows = listed
    if (this.filters.page) return
    const now = client().clock.now()
    const here = others.filter((it) => matches(this.filters, it, now) && this.#belongs(it))
    // One that was new and no longer matches is gone again.
    const gone = new Set(others.map((it) => it.executionArn))
    const rest = this.fresh.filter((it) => !gone.has(it.executionArn))
    if (here.length || rest.length < this.fresh.length) this.fresh = merged(here, rest)
  }

  #belongs(execution: ExecutionListItem): boolean {
    const followed = Boolean(this.around.next) || this.rows.length >= this.filters.size
    return belongs(execution, this.rows, followed)
  }
}

function watched(filters: Filters): Watch['request'] {
  if (filters.mapRun) return { mapRunArn: filters.mapRun }
  const of = subject(filters)
  return of ? { stateMachineArn: of } : {}
}

/** What the pages are of, as a text. */
function list(filters: Filters): string {
  return JSON.stringify({ ...filters, page: undefined })
}

function children(mapRunArn: string, { status, size, page }: Filters, signal: AbortSignal) {
  return client().call(
    'ListExecutions',
    {
      mapRunArn,
      maxResults: size,
      ...(status[0] && { statusFilter: status[0] }),
      ...(page && { nextToken: page }),
    },
    signal,
  )
}
