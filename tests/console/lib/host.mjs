// Hosts to be looked at: the command as it was built, on a port that is free, with data of its own.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { within } from './wait.mjs'

/** The root of the repository. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** How long a host may take to start, or to stop, for which it gives requests half of it; in milliseconds. */
const LONG = 60_000

const STEPWELL = process.env.STEPWELL ?? `${ROOT}target/debug/stepwell`

/** A host that runs. */
export class Host {
  #process
  #said = ''

  /**
   * Starts one and waits until it is ready.
   *
   * @param {string[]} command `dev` or `serve`, and what they are told
   */
  static async start(command) {
    const host = new Host(command)
    // The one line that says that it is ready; none comes where it cannot be.
    const lines = createInterface(host.#process.stdout)
    const line = await host.#soon(
      Promise.race([
        once(lines, 'line').then(([line]) => line),
        once(host.#process, 'exit').then(() => undefined),
      ]),
      'start',
    )
    if (!line) throw new Error(`stepwell ${command.join(' ')} does not start: ${host.#said}`)
    host.url = line.split(' ').at(-1)
    return host
  }

  /** @param {string[]} command */
  constructor(command) {
    /** Where it listens, without a slash at the end. */
    this.url = ''
    this.#process = spawn(STEPWELL, command, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#process.stderr.on('data', (said) => (this.#said += said))
    // Told by `start`, as the end of the process.
    this.#process.on('error', (error) => (this.#said += error.message))
  }

  /**
   * @template T
   * @param {Promise<T>} done
   * @param {string} what
   * @returns {Promise<T>}
   */
  async #soon(done, what) {
    try {
      return await within(done, `the host does not ${what}: ${this.#said}`, LONG)
    } catch (error) {
      this.#process.kill('SIGKILL')
      throw error
    }
  }

  /** What it has logged. */
  get log() {
    return this.#said
  }

  /** Stops it as an operator does, and fails where it does not end well. */
  async stop() {
    if (this.#process.exitCode === null) {
      const end = once(this.#process, 'exit')
      this.#process.kill('SIGTERM')
      await this.#soon(end, 'stop')
    }
    if (this.#process.exitCode !== 0)
      throw new Error(`the host ended with ${this.#process.exitCode}: ${this.#said}`)
  }
}

/**
 * Runs the command to its end, and returns what it printed.
 *
 * @param {string[]} command
 */
export async function stepwell(command) {
  const child = spawn(STEPWELL, command, { stdio: ['ignore', 'pipe', 'pipe'] })
  let [out, err] = ['', '']
  child.stdout.on('data', (data) => (out += data))
  child.stderr.on('data', (data) => (err += data))
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`stepwell ${command.join(' ')} ended with ${code}: ${err}`)
  return out
}
