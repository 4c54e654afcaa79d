// Where one is in a list whose pages each say only how to get the next one.

/** The tokens of the pages that are known, in order. The first page has none. */
export interface Pages {
  tokens: (string | undefined)[]
  /** The number of the first one that is known; unknown where a link led into the middle. */
  known: boolean
}

export const FIRST: Pages = { tokens: [undefined], known: true }

/** The pages, once that of a token is shown: one of those that are known, or where a link leads. */
export function shown(pages: Pages, token: string | undefined): Pages {
  if (pages.tokens.includes(token)) return pages
  return token === undefined ? FIRST : { tokens: [token], known: false }
}

/** The pages, once it is known which one comes after that of a token. */
export function followed(pages: Pages, token: string | undefined, next: string | undefined): Pages {
  const at = pages.tokens.indexOf(token)
  if (at < 0 || pages.tokens[at + 1] === next) return pages
  return { ...pages, tokens: [...pages.tokens.slice(0, at + 1), ...(next ? [next] : [])] }
}

/** What comes before and after the page of a token, and which number it has, where that is known. */
export function around(pages: Pages, token: string | undefined) {
  const at = pages.tokens.indexOf(token)
  return {
    number: pages.known ? at + 1 : undefined,
    /** Whether there is a page before it that is known; it may be the first, which has no token. */
    hasPrevious: at > 0,
    previous: pages.tokens[at - 1],
    next: pages.tokens[at + 1],
  }
}

/** The pages of a list as a text to keep; `list` tells it from other lists. */
export function kept(list: string, { tokens, known }: Pages): string {
  return JSON.stringify({ list, tokens: tokens.map((it) => it ?? null), known })
}

/** What was kept, where it is of this list. */
export function recalled(list: string, text: string | null): Pages | undefined {
  try {
    const it = JSON.parse(text ?? '') as Record<string, unknown>
    if (it.list !== list || !Array.isArray(it.tokens)) return undefined
    const tokens = it.tokens.map((token) => (typeof token === 'string' ? token : undefined))
    return { tokens, known: it.known === true }
  } catch {
    return undefined
  }
}
