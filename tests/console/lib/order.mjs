// The order example, in a copy that writes nothing into the repository, with mail servers of its own.

import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Host, ROOT } from './host.mjs'
import { Mail } from './mail.mjs'

const EXAMPLE = join(ROOT, 'examples/order-fulfilment')

/** The mail servers of the example: of the customers, and of the bookkeeping. */
const SERVERS = /** @type {const} */ ({ customers: '127.0.0.1:2525', books: '127.0.0.1:2526' })

/** A host with the order example. */
export class Orders {
  /**
   * @param {Host} host
   * @param {string} folder
   * @param {Record<keyof typeof SERVERS, Mail>} mail
   */
  constructor(host, folder, mail) {
    this.host = host
    /** The copy of the example. */
    this.folder = folder
    this.mail = mail
  }

  static async start() {
    const folder = await mkdtemp(join(tmpdir(), 'stepwell-console-'))
    const mail = { customers: await Mail.start(), books: await Mail.start() }
    await cp(EXAMPLE, folder, { recursive: true, filter: (from) => from !== join(EXAMPLE, 'out') })
    const inputs = (await readdir(join(folder, 'inputs'))).map((name) => join('inputs', name))
    for (const name of ['stepwell.toml', ...inputs]) {
      let text = await readFile(join(folder, name), 'utf8')
      text = text.replaceAll('../../target/guests', join(ROOT, 'target/guests'))
      for (const [who, address] of Object.entries(SERVERS)) {
        text = text.replaceAll(address, mail[/** @type {keyof typeof SERVERS} */ (who)].address)
      }
      await writeFile(join(folder, name), text)
    }
    const data = join(folder, 'data')
    const host = await Host.start(['dev', '--port', '0', '--project', folder, '--data', data])
    return new Orders(host, folder, mail)
  }

  async stop() {
    await this.host.stop()
    this.mail.customers.stop()
    this.mail.books.stop()
    await rm(this.folder, { recursive: true })
  }

  /**
   * An input of the example.
   *
   * @param {string} name `good`
   */
  async input(name) {
    return JSON.parse(await readFile(join(this.folder, 'inputs', `${name}.json`), 'utf8'))
  }
}
