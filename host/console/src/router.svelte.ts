// Which page is shown: the path below `/console/`, and what its query says.

import { segments } from './model/path'

const BASE = '/console/'

class Router {
  /** Path segments, decoded: `['machines', 'NAME']`. */
  path = $state<string[]>([])
  query = $state(new URLSearchParams())
  /** The path as it is in the address. */
  #below?: string

  constructor() {
    this.#read()
    addEventListener('popstate', () => this.#read())
    addEventListener('click', (event) => this.#click(event))
  }

  /** Goes to a place of the console. */
  go(href: string): void {
    history.pushState(null, '', href)
    this.#read()
    scrollTo(0, 0)
  }

  /** Goes on within this place, where Back leads here again: tabs, what is looked into. */
  push(parameters: Query): void {
    const to = this.with(parameters)
    if (to !== location.pathname + location.search) history.pushState(null, '', to)
    this.#read()
  }

  /** Goes on within this place by what is typed: Back leads to before it was, not from letter to letter. */
  type(parameters: Query): void {
    const typed = Object.keys(parameters).join()
    const goesOn = (history.state as { typed?: string } | null)?.typed === typed
    history[goesOn ? 'replaceState' : 'pushState']({ typed }, '', this.with(parameters))
    this.#read()
  }

  /** Changes parameters of the query in place: what is chosen. */
  set(parameters: Query): void {
    history.replaceState(null, '', this.with(parameters))
    this.#read()
  }

  /** The address of this place with other parameters. */
  with(parameters: Query): string {
    return href(this.path, { ...Object.fromEntries(this.query), ...parameters })
  }

  #read(): void {
    const below = location.pathname.startsWith(BASE) ? location.pathname.slice(BASE.length) : ''
    // Where only the query changes the page stays, with all that it holds.
    if (below !== this.#below) this.path = segments(below)
    this.#below = below
    this.query = new URLSearchParams(location.search)
  }

  #click(event: MouseEvent): void {
    const link = (event.target as Element).closest?.('a')
    const modified = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey
    if (!link || modified || event.button !== 0 || event.defaultPrevented) return
    if (link.target || link.origin !== location.origin || !link.pathname.startsWith(BASE)) return
    // A place within the page is the browser's: it has the focus go there.
    if (link.hash && link.pathname === location.pathname && link.search === location.search) return
    event.preventDefault()
    this.go(link.href)
  }
}

export const router = new Router()

type Query = Record<string, string | undefined>

function href(path: string[], query: Query = {}): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value) parameters.set(name, value)
  const text = parameters.toString()
  return BASE + path.map(encodeURIComponent).join('/') + (text && `?${text}`)
}

/** Where things are shown. ARNs name them. */
export const links = {
  machines: () => href(['machines']),
  newMachine: () => href(['machines', 'new']),
  machine: (arn: string, query?: Query) => href(['machines', arn], query),
  start: (arn: string, query?: Query) => href(['machines', arn, 'start'], query),
  executions: (query?: Query) => href(['executions'], query),
  execution: (arn: string, query?: Query) => href(['executions', arn], query),
  plugins: () => href(['plugins']),
  plugin: (name: string, query?: Query) => href(['plugins', name], query),
  health: (query?: Query) => href(['health'], query),
}
