// Names that are too long for their place: they differ in their last characters as often as in the first.

/** What of a long name is never cut, in characters. */
const TAIL = 7
/** What has a place anywhere. */
const SHORT = 14

/** What of a name may be cut at its end, and what stays behind that. */
export function halves(name: string): [head: string, tail: string] {
  const characters = [...name]
  if (characters.length <= SHORT) return [name, '']
  return [characters.slice(0, -TAIL).join(''), characters.slice(-TAIL).join('')]
}
