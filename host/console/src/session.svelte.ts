// Who uses the console: nobody yet, or the bearer of credentials, which are kept for as long as a tab
// is open, and are those of tabs that are opened meanwhile.

import { ApiError, Client, greeting, type Credentials } from './api/call'
import { Keyring } from './api/keyring'
import type { DescribeHost, Greeting } from './api/own'

const KEPT = 'stepwell-credentials'

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
    try {
      this.greeting = await greeting()
      const kept = sessionStorage.getItem(KEPT)
      const credentials = kept ? (JSON.parse(kept) as Credentials) : await this.#keyring.ask()
      if (credentials) await this.signIn(credentials)
      else if (this.greeting.authentication === 'development')
        await this.signIn(development('000000000000'))
    } catch (error) {
      if (error instanceof ApiError && error.code !== 'Unreachable') this.#forget()
      else this.trouble = error instanceof Error ? error.message : String(error)
    }
    this.begun = true
  }

  /** Signs in where the host takes the credentials, and throws its refusal where it does not. */
  async signIn(credentials: Credentials): Promise<void> {
    const client = new Client(this.greeting!.region, credentials)
    const forgot = this.#forgot
    const host = await client.call('DescribeHost', {})
    if (forgot !== this.#forgot) return
    this.host = host
    this.client = client
    sessionStorage.setItem(KEPT, JSON.stringify(credentials))
    this.#keyring.keep(credentials)
  }

  /** Signs out in all tabs. */
  signOut(): void {
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
