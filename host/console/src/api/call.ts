// Calls of the API, as any client of it makes them: AWS JSON 1.0, signed where the host asks for it.
// https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html

import { AwsClient } from 'aws4fetch'
import { HostClock } from '../model/host-clock'
import type { AwsActions } from './aws'
import { Connection } from './connection.svelte'
import type { Greeting, OwnActions } from './own'

type Actions = AwsActions & OwnActions
export type ActionName = keyof Actions
export type RequestOf<A extends ActionName> = Actions[A]['request']
export type AnswerOf<A extends ActionName> = Actions[A]['answer']

/** Whose requests these are. */
export interface Credentials {
  /** Under `stepwell dev`: an account id, or anything. */
  accessKeyId: string
  secretAccessKey: string
}

/** What the host refused, or why it could not be asked. */
export class ApiError extends Error {
  constructor(
    /** `ExecutionDoesNotExist` and the like; `Unreachable` where the host did not answer. */
    readonly code: string,
    message: string,
  ) {
    super(message)
    this.name = 'ApiError'
  }
}

/** What was thrown by a call, or by what was made of its answer. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  return new ApiError('Error', error instanceof Error ? error.message : String(error))
}

const OWN: Record<keyof OwnActions, true> = {
  DescribeHost: true,
  CountExecutions: true,
  SearchExecutions: true,
  GetHistoryOutline: true,
  GetEvents: true,
  CheckDefinition: true,
  DescribeInput: true,
  ListPlugins: true,
  DescribePlugin: true,
  GetStatistics: true,
  ListFindings: true,
}

/** A host, and who asks it. */
export class Client {
  /** The host's time; while the host does not answer nothing is known to go on, and it stands still. */
  readonly clock = new HostClock(() => connection.known())
  readonly #signer: AwsClient

  constructor(
    readonly region: string,
    readonly credentials: Credentials,
    private readonly url = new URL('/', location.href).href,
  ) {
    this.#signer = new AwsClient({ ...credentials, service: 'states', region, retries: 0 })
  }

  /** Has the host carry out an action. */
  async call<A extends ActionName>(
    action: A,
    request: RequestOf<A>,
    signal?: AbortSignal,
  ): Promise<AnswerOf<A>> {
    const target = (action in OWN ? 'Stepwell.' : 'AWSStepFunctions.') + action
    const response = await this.post(target, request, signal)
    return (await response.json()) as AnswerOf<A>
  }

  /** The answer to a request, where the host does not refuse it. */
  async post(target: string, request: unknown, signal?: AbortSignal): Promise<Response> {
    const signed = await this.#signer.sign(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target },
      body: JSON.stringify(request),
    })
    const sent = Date.now()
    return fetched(signed, { signal: signal ?? null, cache: 'no-store' }, (response) =>
      this.clock.heard(Date.parse(response.headers.get('date') ?? ''), sent, Date.now()),
    )
  }
}

/** What the host answers where that is no refusal; `answered` is called with refusals, too. */
async function fetched(
  request: string | Request,
  how: RequestInit,
  answered: (response: Response) => void = () => {},
): Promise<Response> {
  let response
  try {
    response = await fetch(request, how)
  } catch (error) {
    if (how.signal?.aborted) throw error
    connection.failed()
    throw new ApiError('Unreachable', 'The host does not answer. Does it still run?')
  }
  answered(response)
  const error = response.ok ? undefined : await refusal(response)
  if (error && OF_PROXIES.has(error.code)) connection.failed()
  else connection.heard()
  if (error) throw error
  return response
}

/** What a proxy says of a host that does not answer. */
export const OF_PROXIES = new Set(['Status 502', 'Status 503', 'Status 504'])

/** Whether the host answers, as far as it was asked. */
export const connection = new Connection(greeting)

async function refusal(response: Response): Promise<ApiError> {
  const text = await response.text()
  try {
    const body = JSON.parse(text) as { __type?: string; message?: string; Message?: string }
    const code = body.__type?.split('#').at(-1) ?? `Status ${response.status}`
    return new ApiError(code, body.message ?? body.Message ?? '')
  } catch {
    return new ApiError(`Status ${response.status}`, text.slice(0, 300))
  }
}

/** What a host says of itself to everybody. */
export async function greeting(): Promise<Greeting> {
  const response = await fetched('/console/host.json', { cache: 'no-store' })
  return (await response.json()) as Greeting
}

/** All pages of a list, one after the other, up to so many items. */
export async function all<T>(
  page: (nextToken?: string) => Promise<{ items: T[]; nextToken?: string | undefined }>,
  most = 10_000,
): Promise<T[]> {
  const items: T[] = []
  let token: string | undefined
  do {
    const answer = await page(token)
    items.push(...answer.items)
    token = answer.nextToken
  } while (token && items.length < most)
  return items
}
