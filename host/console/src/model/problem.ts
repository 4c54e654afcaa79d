// What is wrong with a definition, for people who see its text.

/** A message without the text that it repeats: where in that it is wrong is shown otherwise. */
export function brief(message: string): string {
  return message.replace(/\s*at \[Source: \(String\)"[^]*; line: \d+, column: \d+\]$/, '')
}
