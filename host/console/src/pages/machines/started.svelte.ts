// When machines were last started: of all at once as far as that goes, then of each that is shown.

import { SvelteMap } from 'svelte/reactivity'
import type { ExecutionListItem } from '../../api/aws'
import { client } from '../../session.svelte'

/** How many requests for single machines may be under way. */
const AT_ONCE = 3

/** Seconds since 1970 by a machine's ARN; none where it was never started. */
export class LastStarted {
  readonly times = new SvelteMap<string, number>()
  readonly #asked = new Set<string>()
  #waiting: string[] = []
  #underWay = 0
  readonly #recent: Promise<void>

  constructor(readonly stop: AbortSignal) {
    this.#recent = this.#ask({ maxResults: 100 })
  }

  tell(executions: ExecutionListItem[]): void {
    for (const { stateMachineArn, startDate } of executions)
      if (startDate > (this.times.get(stateMachineArn) ?? 0))
        this.times.set(stateMachineArn, startDate)
  }

  /** Finds it out for machines that have executions. */
  async want(arns: string[]): Promise<void> {
    await this.#recent
    const missing = arns.filter((arn) => !this.times.has(arn) && !this.#asked.has(arn))
    for (const arn of missing) this.#asked.add(arn)
    this.#waiting.push(...missing)
    while (this.#waiting.length && this.#underWay < AT_ONCE) void this.#next()
  }

  async #next(): Promise<void> {
    this.#underWay++
    for (let arn; (arn = this.#waiting.shift());)
      await this.#ask({ stateMachineArn: arn, maxResults: 1 })
    this.#underWay--
  }

  async #ask(request: { stateMachineArn?: string; maxResults: number }): Promise<void> {
    try {
      this.tell((await client().call('SearchExecutions', request, this.stop)).executions)
    } catch {
      // The column stays empty; what is wrong with the host the page tells of its list.
    }
  }
}
