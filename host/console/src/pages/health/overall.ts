// The figures of a range as a whole, over time, and those of the time before it.

import type { Client } from '../../api/call'
import type { GetStatistics } from '../../api/own'
import { endsOf, spanOf, steps, type Range } from '../../model/figures'
import type { Day } from '../../model/findings'

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

const DAY = 86_400

/** The last day, which is what findings and limits are held against. */
export function lastDay(ask: Client): { startTime: number; endTime: number } {
  const now = ask.clock.now() / 1000
  return { startTime: Math.floor(now) - DAY, endTime: Math.ceil(now) }
}

/** Asks for what findings are about. */
export async function dayOf(
  ask: Client,
  asked: Pick<GetStatistics['request'], 'allTenants'>,
  signal: AbortSignal,
): Promise<Day> {
  const span = lastDay(ask)
  const [machines, states] = await Promise.all([
    ask.call('GetStatistics', { ...asked, ...span, by: 'STATE_MACHINE' }, signal),
    ask.call('GetStatistics', { ...asked, ...span, by: 'STATE' }, signal),
  ])
  return { machines: machines.rows, states: states.rows, total: machines.total.figures }
}

/** Whether nothing has run, in the range or before it. */
export function isIdle({ figures, before }: Overall): boolean {
  return (
    figures.calls === 0 &&
    !figures.executions?.started &&
    !endsOf(figures).all &&
    before.calls === 0
  )
}
