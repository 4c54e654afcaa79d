// A host for tenants, with one of them.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Host, stepwell } from './host.mjs'

/** A host that asks for signatures. */
export class Tenants {
  /**
   * @param {Host} host
   * @param {string} folder
   * @param {{ account: string, id: string, secret: string }} key
   */
  constructor(host, folder, key) {
    this.host = host
    this.#folder = folder
    /** Of the one tenant, `acme`. */
    this.key = key
  }
  #folder

  static async start() {
    const folder = await mkdtemp(join(tmpdir(), 'stepwell-tenants-'))
    const data = ['--data', join(folder, 'data')]
    const tenant = JSON.parse(await stepwell(['tenant', 'add', 'acme', '--json', ...data]))
    const made = await stepwell(['tenant', 'keys', 'create', tenant.account, '--json', ...data])
    const { id, secret } = JSON.parse(made)
    const host = await Host.start(['serve', ...data, '--listen', '127.0.0.1:0'])
    const key = { account: tenant.account, id, secret }
    return new Tenants(host, folder, key)
  }

  async stop() {
    await this.host.stop()
    await rm(this.#folder, { recursive: true })
  }
}
