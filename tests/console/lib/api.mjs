// The API, for what tests arrange before they look, and for what they hold the page against.

import { within } from './wait.mjs'

/** How long the host may take for anything, in milliseconds. */
const LONG = 60_000

/** Whom `stepwell dev` takes the console's user for. */
const ACCOUNT = '000000000000'

/**
 * A request to a host that takes any credentials.
 *
 * @param {{ url: string }} host
 * @param {string} target
 * @param {Record<string, unknown>} request
 * @param {AbortSignal} [signal]
 */
async function post(host, target, request, signal) {
  const response = await fetch(`${host.url}/`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': target,
      authorization:
        `AWS4-HMAC-SHA256 Credential=${ACCOUNT}/20260101/us-east-1/states/aws4_request, ` +
        'SignedHeaders=host, Signature=any',
    },
    body: JSON.stringify(request),
    signal: signal ?? AbortSignal.timeout(LONG),
  })
  if (!response.ok) throw new Error(`${target}: ${await response.text()}`)
  return response
}

/**
 * Has a host carry out an action.
 *
 * @param {{ url: string }} host
 * @param {string} action an action of AWS's; Stepwell's own have their prefix: `Stepwell.ListPlugins`
 * @param {Record<string, unknown>} request
 * @returns {Promise<any>}
 */
export async function call(host, action, request) {
  const target = action.includes('.') ? action : `AWSStepFunctions.${action}`
  return (await post(host, target, request)).json()
}

/**
 * Creates a state machine, and returns its ARN.
 *
 * @param {{ url: string }} host
 * @param {string} name
 * @param {unknown} definition
 */
export async function create(host, name, definition) {
  const request = {
    name,
    definition: typeof definition === 'string' ? definition : JSON.stringify(definition),
    roleArn: `arn:aws:iam::${ACCOUNT}:role/any`,
  }
  return (await call(host, 'CreateStateMachine', request)).stateMachineArn
}

/**
 * Starts an execution, and returns its ARN.
 *
 * @param {{ url: string }} host
 * @param {string} stateMachineArn
 * @param {string} name
 * @param {unknown} [input]
 */
export async function start(host, stateMachineArn, name, input = {}) {
  const request = { stateMachineArn, name, input: JSON.stringify(input) }
  return (await call(host, 'StartExecution', request)).executionArn
}

/**
 * Waits until an execution has ended: for the host's own word of it, on the stream of updates that
 * the console has, too.
 *
 * @param {{ url: string }} host
 * @param {string} executionArn
 * @returns {Promise<string>} how it ended
 */
export async function ended(host, executionArn) {
  const stop = new AbortController()
  const { body } = await post(host, 'Stepwell.Watch', { executionArn }, stop.signal)
  const reader = /** @type {ReadableStream<Uint8Array>} */ (body).getReader()
  try {
    for (;;) {
      const { status } = await call(host, 'DescribeExecution', { executionArn })
      if (status !== 'RUNNING') return status
      const told = await within(reader.read(), `${executionArn} does not end`, LONG)
      if (told.done) throw new Error('the host stopped telling what changes')
    }
  } finally {
    stop.abort()
  }
}
