// A mail server that is down until it is mended.

import { once } from 'node:events'
import { createServer } from 'node:net'

const OK = '250 OK\r\n'

/** The server's side of the dialogue, as far as a client that keeps to RFC 5321 needs it. */
export class Mail {
  /** Whether it turns connections away, as a server that is being restarted does. */
  down = true
  /** How many messages it has taken. */
  taken = 0
  /** `127.0.0.1:PORT`. */
  address = ''
  #server = createServer((socket) => this.#converse(socket))

  static async start() {
    const mail = new Mail()
    await once(mail.#server.listen(0, '127.0.0.1'), 'listening')
    const address = /** @type {import('node:net').AddressInfo} */ (mail.#server.address())
    mail.address = `127.0.0.1:${address.port}`
    return mail
  }

  stop() {
    this.#server.close()
  }

  /** @param {import('node:net').Socket} socket */
  #converse(socket) {
    // A client that is gone needs no answer.
    socket.on('error', () => {})
    if (this.down) {
      socket.end('421 Service not available, try again later\r\n')
      return
    }
    let rest = ''
    let data = false
    socket.write('220 localhost ready\r\n')
    socket.on('data', (bytes) => {
      const lines = (rest + bytes).split('\r\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        if (data) {
          if (line !== '.') continue
          data = false
          this.taken += 1
          socket.write('250 Stored\r\n')
          continue
        }
        const verb = line.slice(0, 4).toUpperCase()
        if (verb === 'QUIT') socket.end('221 Bye\r\n')
        else if (verb === 'DATA') {
          data = true
          socket.write('354 Go ahead\r\n')
        } else socket.write(/^(EHLO|HELO|MAIL|RCPT|RSET|NOOP)$/.test(verb) ? OK : '500 Unknown\r\n')
      }
    })
  }
}
