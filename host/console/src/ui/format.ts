// How times, durations and amounts are written.

const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' })
const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
// Elsewhere in English `m` is a million, which beside `ms` and `MiB` is not what one reads.
const COMPACT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 })
const PLAIN = new Intl.NumberFormat()
const TENTHS = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 })
const TENTH = new Intl.NumberFormat(undefined, {
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
})

/** A time in seconds since 1970: that of today without its date. */
export function time(seconds: number, now = Date.now()): string {
  const at = new Date(seconds * 1000)
  const today = at.toDateString() === new Date(now).toDateString()
  return (today ? TIME : DATE).format(at)
}

/** `340 ms`, `4.2 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`
  const seconds = milliseconds / 1000
  if (seconds < 59.5) return `${seconds < 9.95 ? TENTH.format(seconds) : Math.round(seconds)} s`
  const whole = Math.round(seconds)
  const [d, h, m, s] = [
    Math.floor(whole / 86400),
    Math.floor(whole / 3600) % 24,
    Math.floor(whole / 60) % 60,
    whole % 60,
  ]
  if (d) return `${d} d ${h} h`
  if (h) return `${h} h ${m} min`
  return s ? `${m} min ${s} s` : `${m} min`
}

/** How long something took: what took less than can be told is not nothing. */
export function lasted(milliseconds: number): string {
  return milliseconds < 0.5 ? '< 1 ms' : duration(milliseconds)
}

/** A duration to a tenth where it is only a few milliseconds: `0.4 ms`. */
export function fineDuration(milliseconds: number): string {
  if (milliseconds >= 9.95) return duration(milliseconds)
  const tenths = Math.round(milliseconds * 10) / 10
  return milliseconds > 0 && tenths === 0
    ? `< ${TENTHS.format(0.1)} ms`
    : `${TENTHS.format(tenths)} ms`
}

/** How long calls took, of which the host counts whole milliseconds: none is less than one. */
export function callDuration(milliseconds: number): string {
  return milliseconds === 0 ? '< 1 ms' : fineDuration(milliseconds)
}

/** `12,345` */
export function count(number: number): string {
  return PLAIN.format(number)
}

/** `1.2M` */
export function compact(number: number): string {
  return COMPACT.format(number)
}

/** `1.5 MiB` */
export function bytes(number: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const unit = Math.min(Math.floor(Math.log2(Math.max(number, 1)) / 10), units.length - 1)
  const amount = number / 1024 ** unit
  return `${unit && amount < 10 ? TENTH.format(amount) : PLAIN.format(Math.round(amount))} ${units[unit]}`
}

/** What comes after the last colon of an ARN: the name people know it by. */
export function nameOf(arn: string): string {
  return arn.slice(arn.lastIndexOf(':') + 1)
}
