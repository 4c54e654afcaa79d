// What keys do, for as long as the component that says so is shown. `?` lists them (Keys.svelte).
//
// const keys = useKeys('Executions', () => [{ keys: 'n', does: 'Show new ones', run: show }])
//
// Whoever cannot use keys of one character, because of speech input say, turns them off in that list.

import { untrack } from 'svelte'
import { meaning, step, type Binding } from '../model/keys'

export type { Binding } from '../model/keys'

const KEPT = 'stepwell-keys'
/** How long a second key may take, in milliseconds. */
const SECOND_KEY = 1500

interface Group {
  title: string
  bindings: () => Binding[]
}

class Keys {
  groups = $state.raw<Group[]>([])
  /** Whether keys of one character do anything. */
  on = $state(localStorage.getItem(KEPT) !== 'off')
  #pending: string | undefined
  #pressed = 0

  constructor() {
    addEventListener('keydown', (event) => this.#press(event))
  }

  add(group: Group): () => void {
    // Whose keys are added does not depend on whose there are.
    this.groups = [...untrack(() => this.groups), group]
    return () => (this.groups = this.groups.filter((it) => it !== group))
  }

  turn(on: boolean): void {
    this.on = on
    localStorage.setItem(KEPT, on ? 'on' : 'off')
  }

  #press(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.isComposing || ['Shift', 'CapsLock'].includes(event.key)) return
    // A modal dialog has the keyboard for itself.
    if (document.querySelector('dialog:modal')) return
    const typing = isField(event.target)
    const bindings = this.groups
      .flatMap((group) => group.bindings())
      .filter((it) => (this.on || !isCharacter(it.keys)) && (!typing || it.whileTyping))
    const late = event.timeStamp - this.#pressed > SECOND_KEY
    const meant = meaning(bindings, late ? undefined : this.#pending, event.key)
    this.#pressed = event.timeStamp
    this.#pending = meant && 'pending' in meant ? meant.pending : undefined
    if (meant && 'binding' in meant) {
      event.preventDefault()
      meant.binding.run()
    }
  }
}

function isCharacter(keys: string): boolean {
  return keys.split(' ')[0]!.length <= 1
}

/** Whether a key pressed here writes something, or chooses an option. */
function isField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target instanceof HTMLInputElement)
    return !['checkbox', 'radio', 'button', 'range'].includes(target.type)
  return target.isContentEditable || target.matches('select, textarea')
}

export const keys = new Keys()

/** Has keys do something while the component is there. To be called while it is initialised. */
export function useKeys(title: string, bindings: () => Binding[]): void {
  $effect(() => keys.add({ title, bindings }))
}

/**
 * `j` and `k` move through the rows of a list, `/` goes to its search field. Rows are what the list's
 * `[data-row]` elements are: links, or buttons. `Enter` is theirs.
 */
export function useListKeys(
  title: string,
  list: () => HTMLElement | undefined,
  search?: () => HTMLElement | undefined,
): void {
  function move(by: number): void {
    const rows = [...(list()?.querySelectorAll<HTMLElement>('[data-row]') ?? [])]
    const next = rows[step(rows.indexOf(document.activeElement as HTMLElement), by, rows.length)]
    next?.focus()
    next?.scrollIntoView({ block: 'nearest' })
  }
  useKeys(title, () => [
    { keys: 'j', does: 'Next row', run: () => move(1) },
    { keys: 'k', does: 'Row before', run: () => move(-1) },
    ...(search ? [{ keys: '/', does: 'Search', run: () => search()?.focus() }] : []),
  ])
}
