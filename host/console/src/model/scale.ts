// Where things go along the axes of a chart, and which numbers stand beside them.

/** What maps numbers to places in pixels, evenly. */
export function linear(
  [from, to]: readonly [number, number],
  [start, end]: readonly [number, number],
): (value: number) => number {
  const span = to - from
  return (value) => (span === 0 ? start : start + ((value - from) / span) * (end - start))
}

/** The base that amounts are round in: tens, or the powers of two that bytes are counted by. */
export type Base = 10 | 1024

/**
 * Round numbers from 0 up to the first that is not below `most`: about `wanted` steps of 1, 2, 2.5 or
 * 5 times a power of ten; of bytes, of a power of two.
 */
export function ticks(most: number, wanted: number, base: Base = 10, whole = false): number[] {
  if (!(most > 0)) return [0, 1]
  const least = Math.max(most / Math.max(wanted, 1), whole ? 1 : 0)
  const step = base === 10 ? roundUp(least, whole) : 2 ** Math.ceil(Math.log2(least))
  const steps = Math.ceil(most / step - 1e-9)
  return Array.from({ length: steps + 1 }, (_, index) => clean(index * step))
}

function roundUp(least: number, whole: boolean): number {
  const power = 10 ** Math.floor(Math.log10(least) + 1e-9)
  const factors = whole && power === 1 ? [1, 2, 5, 10] : [1, 2, 2.5, 5, 10]
  return power * factors.find((it) => it * power >= least * (1 - 1e-9))!
}

/** Without the digits that binary fractions add: 0.30000000000000004. */
function clean(value: number): number {
  return Number(value.toPrecision(12))
}

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const TIME_STEPS = [
  MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  5 * DAY,
  7 * DAY,
  14 * DAY,
]

/**
 * At most so many times within a span, in seconds since 1970, that are round on the reader's clock,
 * and how far they are apart. `offset` is the clock's distance from UTC in seconds.
 */
export function timeTicks(
  start: number,
  end: number,
  most: number,
  offset: (time: number) => number = clockOffset,
): { times: number[]; step: number } {
  const span = end - start
  const step = TIME_STEPS.find((it) => span / it <= most) ?? DAY * Math.ceil(span / DAY / most)
  const times: number[] = []
  const shift = offset(start)
  for (let local = Math.ceil((start + shift) / step) * step; ; local += step) {
    // The clock may have been put forward or back since the start.
    const time = local - offset(local - shift)
    if (time > end) return { times, step }
    if (time >= start) times.push(time)
  }
}

/** How far the reader's clock is from UTC, in seconds. */
function clockOffset(time: number): number {
  return -60 * new Date(time * 1000).getTimezoneOffset()
}

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })
const DATE = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' })
const BOTH = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
})

/** What stands below a tick: the date where ticks are days apart or a day begins, else the time. */
export function timeLabel(time: number, step: number): string {
  const at = new Date(time * 1000)
  const midnight = at.getHours() === 0 && at.getMinutes() === 0
  return (step >= DAY || midnight ? DATE : CLOCK).format(at)
}

/** The span of a step of a chart, for people: `14:05 – 14:10`, `Mar 3, 12:00 – 18:00`. */
export function spanLabel(time: number, step: number, now = Date.now()): string {
  const from = new Date(time * 1000)
  const to = new Date((time + step) * 1000)
  const today = from.toDateString() === new Date(now).toDateString()
  return `${(today ? CLOCK : BOTH).format(from)} – ${CLOCK.format(to)}`
}

/** The line through points, as the `d` of a path; gaps where there is no value. */
export function linePath(points: readonly (readonly [number, number | undefined])[]): string {
  let path = ''
  let pen = false
  for (const [x, y] of points) {
    if (y !== undefined) path += `${pen ? 'L' : 'M'}${round(x)} ${round(y)}`
    pen = y !== undefined
  }
  return path
}

/** The area between a line and a base: each run without gaps by itself. */
export function areaPath(
  points: readonly (readonly [number, number | undefined])[],
  base: number,
): string {
  let path = ''
  let run: (readonly [number, number])[] = []
  const close = () => {
    if (run.length > 0)
      path += `M${round(run[0]![0])} ${round(base)}${run.map(([x, y]) => `L${round(x)} ${round(y)}`).join('')}L${round(run.at(-1)![0])} ${round(base)}Z`
    run = []
  }
  for (const [x, y] of points) {
    if (y === undefined) close()
    else run.push([x, y])
  }
  close()
  return path
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
