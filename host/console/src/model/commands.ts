// Commands to copy into a shell.

/** A word as a POSIX shell takes it for exactly that. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

export interface Execution {
  executionArn: string
  stateMachineArn: string
  input?: string | undefined
}

export interface Command {
  title: string
  text: string
}

/** What does the same as the console's page of an execution. */
export function commandsOf(execution: Execution, endpoint: string): Command[] {
  const { executionArn, stateMachineArn, input = '{}' } = execution
  const compact = compacted(input)
  const at = quoted(endpoint)
  const line = (...words: string[]) => words.map(quoted).join(' ')
  return [
    {
      title: 'Start one like it',
      text: `${line('stepwell', 'start', stateMachineArn, '--input', compact)} --endpoint ${at}`,
    },
    {
      title: 'Show its history',
      text: `${line('stepwell', 'history', executionArn)} --endpoint ${at}`,
    },
    {
      title: 'Show its tasks’ logs',
      text: `${line('stepwell', 'logs', executionArn)} --endpoint ${at}`,
    },
    {
      title: 'Start one like it, by the AWS CLI',
      text: `${line('aws', 'stepfunctions', 'start-execution', '--state-machine-arn', stateMachineArn, '--input', compact)} --endpoint-url ${at}`,
    },
    {
      title: 'Describe it, by the AWS CLI',
      text: `${line('aws', 'stepfunctions', 'describe-execution', '--execution-arn', executionArn)} --endpoint-url ${at}`,
    },
  ]
}

/** JSON on one line, without changing what a number says. */
function compacted(json: string): string {
  let inside = false
  let text = ''
  for (let at = 0; at < json.length; at++) {
    const character = json[at]!
    if (inside && character === '\\') {
      text += character + (json[++at] ?? '')
      continue
    }
    if (character === '"') inside = !inside
    if (inside || !/\s/.test(character)) text += character
  }
  return text
}
