// Names of state machines and executions.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html

const LONGEST = 80
const FORBIDDEN = /[\p{Cc}\p{White_Space}<>{}[\]?*"#%\\^|~`$&,;:/\u{FFFE}\u{FFFF}\u{10FFFF}]/u

/** What a name may be, for whoever enters one. */
export const NAMES = `Up to ${LONGEST} characters, no spaces and none of < > { } [ ] ? * " # % \\ ^ | ~ \` $ & , ; : /`

/** What is wrong with a name. */
export function nameProblem(name: string): string | undefined {
  const [found] = FORBIDDEN.exec(name) ?? []
  if (found) {
    const isSeen = /[^\p{C}\p{White_Space}]/u.test(found)
    return isSeen ? `“${found}” cannot be in a name.` : 'There can be no spaces in a name.'
  }
  const length = [...name].length
  return length > LONGEST ? `It has ${length} characters; ${LONGEST} is the most.` : undefined
}

/** `name`, or what comes closest to it and is allowed. */
export function allowed(name: string): string {
  return [...name.replace(new RegExp(FORBIDDEN, 'gu'), '-')].slice(0, LONGEST).join('')
}
