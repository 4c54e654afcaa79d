// Which of very many rows of one height are in view.

/** How many more are there on either side, for whoever scrolls or moves by keys. */
const BESIDE = 12

/** From one row to before another, of `count`, where the list is scrolled so far in so much room. */
export function rowsInView(
  count: number,
  height: number,
  scrolled: number,
  room: number,
): { from: number; to: number } {
  const first = Math.floor(scrolled / height) - BESIDE
  const last = Math.ceil((scrolled + room) / height) + BESIDE
  const to = Math.min(Math.max(last, 0), count)
  return { from: Math.max(Math.min(first, to - 1), 0), to }
}

/** At most so many of `count`, with the one at an index as near to their middle as can be. */
export function windowAround(
  index: number,
  count: number,
  most: number,
): { from: number; to: number } {
  const from = Math.max(Math.min(index - Math.floor(most / 2), count - most), 0)
  return { from, to: Math.min(from + most, count) }
}

/**
 * The row that the Tab key reaches: the current one where it is there, or else the first that is all in
 * view.
 */
export function tabStop(
  current: number,
  { from, to }: { from: number; to: number },
  height: number,
  scrolled: number,
): number {
  if (current >= from && current < to) return current
  return Math.max(Math.min(Math.ceil(scrolled / height), to - 1), from)
}
