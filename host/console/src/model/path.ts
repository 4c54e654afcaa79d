/** The segments of a path, decoded. One that is malformed is a single segment, which names no page. */
export function segments(path: string): string[] {
  try {
    return path.split('/').filter(Boolean).map(decodeURIComponent)
  } catch {
    return [path]
  }
}
