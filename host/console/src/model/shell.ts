// Commands as a shell takes them.

/** A word of a command, quoted where a shell would change it. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** A command of its words. */
export function command(...words: string[]): string {
  return words.map(quoted).join(' ')
}
