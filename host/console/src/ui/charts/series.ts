// What charts show.

/** The tokens of theme.css that a chart may be coloured by. */
export type Tone = 'accent' | 'running' | 'succeeded' | 'failed' | 'waiting' | 'aborted'

/** How an area is filled, or a line drawn, so that it is told apart without its colour. */
export type Texture = 'plain' | 'hatched' | 'dotted' | 'crossed'

export interface Series {
  name: string
  tone: Tone
  texture?: Texture
  /** One for each step; none where there is nothing to measure. */
  values: (number | undefined)[]
}

/** The dashes of a line, by texture. */
export const DASHES: Record<Texture, string | undefined> = {
  plain: undefined,
  hatched: '5 3',
  dotted: '1.5 3',
  crossed: '7 3 1.5 3',
}
