// Texts for people with code in them, between backticks.

export interface Piece {
  text: string
  code: boolean
}

/** The pieces of a text; a backtick without its other one is just that. */
export function pieces(text: string): Piece[] {
  return text
    .split(/(`[^`]+`)/)
    .filter(Boolean)
    .map((it) => {
      const code = it.length > 2 && it.startsWith('`') && it.endsWith('`')
      return { text: code ? it.slice(1, -1) : it, code }
    })
}
