// Who uses the console: nobody yet, or the bearer of credentials, which are kept for as long as a tab
// is open, and are those of tabs that are opened meanwhile.

import { Patience, persist } from './api/again'
import { ApiError, Client, connection, greeting, type Credentials } from './api/call'
import { Keyring } from './api/keyring'
import type { DescribeHost, Greeting } from './api/own'

const KEPT = 'stepwell-credentials'
/** Names the last time that somebody signed out: what a tab that was closed then has kept is void. */
const SIGNED_OUT = 'stepwell-signed-out'

interface Kept {
  credentials: Credentials
  signedOut: string | null
}

/** Any will do under `stepwell dev`; an access key of 12 digits is the account. */
export function development(account: string): Credentials {
  return { accessKeyId: account, secretAccessKey: 'any' }
}

class Session {
  greeting = $state<Greeting>()
  /** Whether it is known if the key that was kept is taken: nobody is asked to sign in before. */
  begun = $state(false)
  /** Asks the host; none before somebody has signed in. */
  client = $state<Client>()
  host = $state<DescribeHost['answer']>()
  /** Why the host cannot be used at all. */
  trouble = $state<string>()
  /** How often somebody has signed out: who signs in meanwhile is out, too. */
  #forgot = 0
  readonly #keyring = new Keyring(() => this.#forget())

  /** Asks the host who may use it, and signs in with what is kept, or what another tab has. */
  async begin(): Promise<void> {
    const failed = (error: unknown) => {
      if (!(error instanceof ApiError)) throw error
      // Of a host that does not answer it is told anyway.
      this.trouble = connection.lost ? undefined : error.message
    }
    const { signal } = new AbortController()
    let trouble
    try {
      await persist(() => this.#begin(), failed, new Patience(), signal)
    } catch (error) {
      if (error instanceof ApiError) this.#forget()
      else trouble = error instanceof Error ? error.message : String(error)
    }
    this.trouble = trouble
    this.begun = true
  }

  async #begin(): Promise<void> {
    this.greeting = await greeting()
    const credentials = this.#kept() ?? (await this.#keyring.ask())
    if (credentials) await this.signIn(credentials)
    else if (!this.signs) await this.signIn(development('000000000000'))
  }

  #kept(): Credentials | undefined {
    const text = sessionStorage.getItem(KEPT)
    const kept = text ? (JSON.parse(text) as Kept) : undefined
    return kept?.signedOut === localStorage.getItem(SIGNED_OUT) ? kept.credentials : undefined
  }

  /** Signs in where the host takes the credentials, and throws its refusal where it does not. */
  async signIn(credentials: Credentials): Promise<void> {
    const client = new Client(this.greeting!.region, credentials)
    const forgot = this.#forgot
    const host = await client.call('DescribeHost', {})
    if (forgot !== this.#forgot) return
    this.host = host
    this.client = client
    const kept: Kept = { credentials, signedOut: localStorage.getItem(SIGNED_OUT) }
    sessionStorage.setItem(KEPT, JSON.stringify(kept))
    this.#keyring.keep(credentials)
  }

  /** Signs out in all tabs. */
  signOut(): void {
    localStorage.setItem(SIGNED_OUT, String(Math.random()))
    this.#keyring.dropAll()
    this.#forget()
  }

  #forget(): void {
    this.#forgot++
    this.#keyring.drop()
    sessionStorage.removeItem(KEPT)
    this.client = undefined
    this.host = undefined
  }

  /** What an account is called, where the host tells its name: to operators. */
  nameOf(account: string): string {
    return this.host?.accounts?.find((it) => it.account === account)?.name ?? account
  }

  /** Whether signatures are what the host asks for. */
  get signs(): boolean {
    return this.greeting?.authentication === 'signatures'
  }
}

export const session = new Session()

/** The client of who has signed in; pages are shown to nobody else. */
export function client(): Client {
  if (!session.client) throw new Error('nobody has signed in')
  return session.client
}
