// A host for tenants, with one of them.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Host, stepwell } from './host.mjs'

/**
 * @typedef {object} Key
 * @property {string} account
 * @property {string} id
 * @property {string} secret
 */

/** A host that asks for signatures. */
export class Tenants {
  #folder

  /**
   * @param {Host} host
   * @param {string} folder
   * @param {Key} key
   */
  constructor(host, folder, key) {
    this.host = host
    /** Of the one tenant, `acme`. */
    this.key = key
    this.#folder = folder
  }

  static async start() {
    const folder = await mkdtemp(join(tmpdir(), 'stepwell-tenants-'))
    const { account } = JSON.parse(await tenant(folder, ['add', 'acme', '--json']))
    const key = await made(folder, account)
    const data = ['--data', join(folder, 'data')]
    return new Tenants(await Host.start(['serve', ...data, '--listen', '127.0.0.1:0']), folder, key)
  }

  /** Makes the tenant another key. */
  another() {
    return made(this.#folder, this.key.account)
  }

  /** @param {string} id of the key that is to be taken no more */
  async disable(id) {
    await tenant(this.#folder, ['keys', 'disable', id])
  }

  async stop() {
    await this.host.stop()
    await rm(this.#folder, { recursive: true })
  }
}

/**
 * Runs a command about tenants.
 *
 * @param {string} folder
 * @param {string[]} command
 */
const tenant = (folder, command) => stepwell(['tenant', ...command, '--data', join(folder, 'data')])

/**
 * @param {string} folder
 * @param {string} account
 * @returns {Promise<Key>}
 */
async function made(folder, account) {
  const { id, secret } = JSON.parse(await tenant(folder, ['keys', 'create', account, '--json']))
  return { account, id, secret }
}
