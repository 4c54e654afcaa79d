import { expect, it } from 'vitest'
import { commandsOf, type Execution } from './commands'

const AT = { endpoint: 'http://127.0.0.1:8080', region: 'eu-north-1' }

function texts(some: Partial<Execution>): string[] {
  const plain: Execution = { executionArn: 'e', stateMachineArn: 'm', status: 'SUCCEEDED' }
  return commandsOf({ ...plain, ...some }, AT).map((it) => it.text)
}

const begins = (some: Partial<Execution>) => texts(some).map((it) => it.split(' --')[0])

it('commands have the input on one line, and numbers as they were written', () => {
  const [start, , , aws] = texts({
    input: '{\n  "a b": "it\'s \\" \\\\",\n  "n": 1.00e2\n}',
  })
  const input = `'{"a b":"it'\\''s \\" \\\\","n":1.00e2}'`
  expect(start).toBe(`stepwell start m --input ${input} --endpoint http://127.0.0.1:8080`)
  expect(aws).toBe(
    `aws stepfunctions start-execution --state-machine-arn m --input ${input} --region eu-north-1 --endpoint-url http://127.0.0.1:8080`,
  )
})

it('one that runs can be stopped, and one that can be redriven is', () => {
  expect(begins({ status: 'RUNNING' })).toEqual([
    'stepwell stop e',
    'stepwell start m',
    'stepwell history e',
    'stepwell logs e',
    'aws stepfunctions stop-execution',
    'aws stepfunctions start-execution',
    'aws stepfunctions describe-execution',
  ])
  const failed = begins({ status: 'FAILED', redriveStatus: 'REDRIVABLE' })
  expect(failed[0]).toBe('stepwell redrive e')
  expect(failed).toContain('aws stepfunctions redrive-execution')
  expect(failed.join()).not.toContain('stop')
  const not = begins({ status: 'FAILED', redriveStatus: 'NOT_REDRIVABLE' })
  expect(not.join()).not.toContain('redrive')
})

it('one like it is started by the same alias or version', () => {
  const version = { stateMachineVersionArn: 'm:3' }
  expect(texts(version)[0]).toContain('stepwell start m:3 ')
  expect(texts({ ...version, stateMachineAliasArn: 'm:live' })[0]).toContain('start m:live ')
})

it('a child of a Map Run is not started alone', () => {
  expect(begins({ mapRunArn: 'r' }).join()).not.toContain('start')
})
