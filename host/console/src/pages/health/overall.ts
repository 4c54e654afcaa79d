// The figures of a range as a whole, over time, and those of the time before it.

import type { Client } from '../../api/call'
import type { GetStatistics } from '../../api/own'
import { spanOf, steps, type Range } from '../../model/figures'

type Asked = Omit<GetStatistics['request'], 'startTime' | 'endTime' | 'period'>

export type Overall = Awaited<ReturnType<typeof overall>>

/** Asks for the figures of what is asked for, and for those of its states. */
export async function overall(ask: Client, range: Range, asked: Asked, signal: AbortSignal) {
  const { step, seconds } = range
  const span = spanOf(range, ask.clock.now() / 1000)
  const earlier = { startTime: span.startTime - seconds, endTime: span.startTime }
  const [now, before, states] = await Promise.all([
    ask.call('GetStatistics', { ...asked, ...span, period: step }, signal),
    ask.call('GetStatistics', { ...asked, ...earlier }, signal),
    ask.call('GetStatistics', { ...asked, ...span, by: 'STATE' }, signal),
  ])
  return {
    figures: now.total.figures,
    over: steps(now.total.series ?? [], span, step),
    step,
    before: before.total.figures,
    states: states.rows,
  }
}

/** Whether nothing has run, in the range or before it. */
export function isIdle({ figures, before }: Overall): boolean {
  return figures.calls === 0 && !figures.executions?.started && before.calls === 0
}
