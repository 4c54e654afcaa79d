// Commands to copy into a shell.

import type { DescribedExecution } from '../api/aws'
import { command } from './shell'

export type Execution = Pick<
  DescribedExecution,
  | 'executionArn'
  | 'stateMachineArn'
  | 'stateMachineAliasArn'
  | 'stateMachineVersionArn'
  | 'mapRunArn'
  | 'status'
  | 'redriveStatus'
  | 'input'
>

export interface Command {
  title: string
  text: string
}

/** Where commands reach the host. */
export interface At {
  endpoint: string
  region: string
}

/** What does the same as the console's page of an execution. */
export function commandsOf(execution: Execution, { endpoint, region }: At): Command[] {
  const { executionArn, status, input = '{}' } = execution
  const machine =
    execution.stateMachineAliasArn ?? execution.stateMachineVersionArn ?? execution.stateMachineArn
  const compact = compacted(input)
  const own = (title: string, ...words: string[]): Command => ({
    title,
    text: command('stepwell', ...words, '--endpoint', endpoint),
  })
  const aws = (title: string, ...words: string[]): Command => ({
    title: `${title}, by the AWS CLI`,
    text: command(
      ...['aws', 'stepfunctions', ...words],
      ...['--region', region, '--endpoint-url', endpoint],
    ),
  })
  const runs = status === 'RUNNING' || status === 'PENDING_REDRIVE'
  const redrivable = execution.redriveStatus === 'REDRIVABLE'
  // Children of a Map Run are started by it alone.
  const startable = !execution.mapRunArn
  const ofIt = ['--execution-arn', executionArn]
  const start = ['--state-machine-arn', machine, '--input', compact]
  return [
    runs && own('Stop it', 'stop', executionArn),
    redrivable && own('Redrive it', 'redrive', executionArn),
    startable && own('Start one like it', 'start', machine, '--input', compact),
    own('Show its history', 'history', executionArn),
    own('Show its tasks’ logs', 'logs', executionArn),
    runs && aws('Stop it', 'stop-execution', ...ofIt),
    redrivable && aws('Redrive it', 'redrive-execution', ...ofIt),
    startable && aws('Start one like it', 'start-execution', ...start),
    aws('Describe it', 'describe-execution', ...ofIt),
  ].filter((it) => it !== false)
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
