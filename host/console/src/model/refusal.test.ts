import { expect, test } from 'vitest'
import { ApiError } from '../api/call'
import { refusal, toldOf } from './refusal'

test.each([
  ['Unreachable', 'The host does not answer.', /does not answer/],
  [
    'UnrecognizedClientException',
    'The security token included in the request is invalid.',
    /not know this access key/,
  ],
  [
    'InvalidSignatureException',
    'The request signature we calculated does not match the signature you provided.',
    /not the secret/,
  ],
  [
    'InvalidSignatureException',
    'Signature expired: 20260101T000000Z is now earlier than 20260101T001000Z (20260101T001500Z - 5 min.)',
    /more than five minutes apart/,
  ],
  [
    'InvalidSignatureException',
    'Signature not yet current: 20260101T001500Z is still later than 20260101T000500Z (20260101T000000Z + 5 min.)',
    /more than five minutes apart/,
  ],
  ['IncompleteSignatureException', 'Credential must have exactly 5 elements', /access key id/],
  ['ThrottlingException', 'Rate exceeded', /too much to do/],
])('%s: %s', (code, message, title) => {
  expect(refusal(new ApiError(code, message)).title).toMatch(title)
})

test('what is not known is told as it is', () => {
  expect(refusal(new ApiError('InvalidSignatureException', 'Wrong region'))).toEqual({
    title: 'InvalidSignatureException',
    help: 'Wrong region',
  })
  expect(refusal(new Error('broken'))).toEqual({ title: 'The host refuses this.', help: 'broken' })
})

test.each([
  [
    'ExecutionDoesNotExist',
    "Execution Does Not Exist: 'arn:it'",
    { title: 'Execution does not exist', text: "'arn:it'", passes: false, missing: 'execution' },
  ],
  [
    'StateMachineDoesNotExist',
    "State Machine Does Not Exist: 'arn:it'",
    { title: 'State machine does not exist', text: "'arn:it'", passes: false, missing: 'machine' },
  ],
  [
    'InvalidArn',
    "Invalid Arn: 'Invalid ARN prefix: it'",
    { title: 'Invalid ARN', text: "'Invalid ARN prefix: it'", passes: false },
  ],
  [
    'ThrottlingException',
    'Throttling is on.',
    { title: 'Throttling', text: 'Throttling is on.', passes: true },
  ],
  ['Unreachable', 'No answer.', { title: 'Unreachable', text: 'No answer.', passes: true }],
  ['Status 502', '', { title: 'Status 502', text: '', passes: true }],
])('%s is told in words, once', (code, message, told) => {
  expect(toldOf(new ApiError(code, message))).toEqual(told)
})
