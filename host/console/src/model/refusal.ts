// What a host refused, and why it did not let somebody sign in, for people.

import { ApiError } from '../api/call'

export interface Refusal {
  /** What is wrong. */
  title: string
  /** What to do about it. */
  help: string
}

export function refusal(error: unknown): Refusal {
  const message = error instanceof Error ? error.message : String(error)
  const code = error instanceof ApiError ? error.code : ''
  if (code === 'Unreachable') return { title: message, help: 'Try again once it does.' }
  if (code === 'UnrecognizedClientException')
    return {
      title: 'The host does not know this access key.',
      help: 'It may be mistyped, revoked, or belong to a tenant that is disabled.',
    }
  if (code === 'InvalidSignatureException' && /Signature (expired|not yet current)/.test(message))
    return {
      title: 'The clocks of this computer and of the host are more than five minutes apart.',
      help: 'Set the one that is wrong, then try again.',
    }
  if (code === 'InvalidSignatureException' && /does not match/.test(message))
    return {
      title: 'This is not the secret of the access key.',
      help: 'A secret is shown only once, when its key is made. If it is lost, make another key.',
    }
  if (code === 'IncompleteSignatureException')
    return {
      title: 'This is not an access key id.',
      help: 'It consists of letters and digits, without spaces or slashes.',
    }
  if (code === 'ThrottlingException')
    return { title: 'The host has too much to do.', help: 'Try again in a moment.' }
  return { title: code || 'The host refuses this.', help: message }
}

export interface Told {
  title: string
  /** What the host says of it that the title does not. */
  text: string
  /** Whether the same may be answered when it is asked again. */
  passes: boolean
  /** Of what there is a list, where one of them is missing. */
  missing?: 'execution' | 'machine'
}

/** A refusal in words: its code is the title, and the text does not say it once more. */
export function toldOf({ code, message }: ApiError): Told {
  const words = code
    .replace(/Exception$/, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/ [A-Z](?=[a-z])/g, (it) => it.toLowerCase())
    .replace(/\barn\b/gi, 'ARN')
  const [before, after] = [message.slice(0, words.length), message.slice(words.length)]
  const repeats = before.toLowerCase() === words.toLowerCase() && /^(: |$)/.test(after)
  return {
    title: words || 'The host refuses this',
    text: repeats ? after.slice(2) : message,
    passes: !/DoesNotExist|NotFound|^Invalid|^Validation|^AccessDenied/.test(code),
    ...(code === 'ExecutionDoesNotExist' && { missing: 'execution' }),
    ...(code === 'StateMachineDoesNotExist' && { missing: 'machine' }),
  }
}
