import { expect, test } from 'vitest'
import { ApiError } from '../api/call'
import { refusal } from './refusal'

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
