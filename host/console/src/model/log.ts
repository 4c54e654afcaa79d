// The lines that a task wrote, with their levels, and what a text is: JSON, a backtrace, or words.

import { formatted } from './json'

export type Level = 'ERROR' | 'WARN' | 'INFO' | 'DEBUG' | 'TRACE'

export interface LogLine {
  level: Level | undefined
  text: string
}

const LEVEL = /^\s*\[?(ERROR|WARN|INFO|DEBUG|TRACE)\]?(?=[\s:])/

/** A log's lines. One that has no level has that of the line before, which it goes on with. */
export function linesOf(log: string): LogLine[] {
  let level: Level | undefined
  return log
    .replace(/\n$/, '')
    .split('\n')
    .map((text) => {
      level = (LEVEL.exec(text)?.[1] as Level | undefined) ?? level
      return { level, text }
    })
}

/** A text of JSON, laid out over lines; others as they are. Numbers stay as they are written. */
export function pretty(text: string): string {
  try {
    JSON.parse(text)
  } catch {
    return text
  }
  return formatted(text)
}

/** Whether a text is JSON of more than one value. */
export function isDocument(text: string): boolean {
  if (!/^\s*[{[]/.test(text)) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Whether a cause is a backtrace of WebAssembly, or anything else that is laid out in lines. */
export function isTrace(text: string): boolean {
  return /\n\s*(\d+:|at )/.test(text) || text.includes('wasm backtrace')
}
