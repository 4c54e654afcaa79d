// What a rule of a Choice state asks, in a few words: `$.total > 0 and not $.vip`.

type Rule = Record<string, unknown>

const SIGNS: Record<string, string> = {
  Equals: '=',
  LessThan: '<',
  LessThanEquals: '≤',
  GreaterThan: '>',
  GreaterThanEquals: '≥',
}

const KINDS: Record<string, string> = {
  IsNull: 'null',
  IsPresent: 'present',
  IsNumeric: 'a number',
  IsString: 'a string',
  IsBoolean: 'a boolean',
  IsTimestamp: 'a timestamp',
}

const COMPARISON =
  /^(?:String|Numeric|Boolean|Timestamp)(Equals|LessThan|LessThanEquals|GreaterThan|GreaterThanEquals)(Path)?$/

/** The condition of a rule; of one that is none, its text. */
export function condition(rule: unknown): string {
  if (typeof rule !== 'object' || rule === null) return String(rule)
  const it = rule as Rule
  if (typeof it.Condition === 'string') return expression(it.Condition)
  if (Array.isArray(it.And)) return it.And.map((each) => inner(each)).join(' and ')
  if (Array.isArray(it.Or)) return it.Or.map((each) => inner(each)).join(' or ')
  if (it.Not !== undefined) return `not ${inner(it.Not)}`
  const variable = typeof it.Variable === 'string' ? it.Variable : '?'
  for (const [key, value] of Object.entries(it)) {
    const kind = KINDS[key]
    if (kind) return `${variable} is ${value === false ? 'not ' : ''}${kind}`
    if (key === 'StringMatches') return `${variable} matches ${JSON.stringify(value)}`
    const [, sign, path] = COMPARISON.exec(key) ?? []
    if (sign) return `${variable} ${SIGNS[sign]} ${path ? String(value) : JSON.stringify(value)}`
  }
  return variable
}

function inner(rule: unknown): string {
  const text = condition(rule)
  return / (and|or) /.test(text) ? `(${text})` : text
}

/** A JSONata expression without its marks. */
function expression(text: string): string {
  return text
    .trim()
    .replace(/^\{%\s*([^]*?)\s*%\}$/, '$1')
    .replace(/\s+/g, ' ')
}

/** A text cut to so many characters. */
export function short(text: string, most: number): string {
  const characters = [...text]
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`
}
