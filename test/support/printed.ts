import { Console } from 'node:console'
import { Writable } from 'node:stream'
import { inspect } from 'node:util'
import { stdSerializers } from 'pino'
import { linesWith } from './canaries.ts'

const wholly = {
  showHidden: true,
  showProxy: true,
  getters: true,
  maxStringLength: null,
  maxArrayLength: null,
} as const

/** Prints values in every way that a service may print them. */
export class Printed {
  readonly console: Console
  #text = ''

  constructor() {
    const stream = new Writable({
      write: (chunk, _encoding, done) => {
        this.#text += String(chunk)
        done()
      },
    })
    this.console = new Console({ stdout: stream, stderr: stream })
  }

  everythingAbout(value: unknown): void {
    const { console } = this
    console.log(value)
    console.log('%s %o %j', value, value, value)
    for (const depth of [0, 1, 2, 4, Number.POSITIVE_INFINITY]) console.log(inspect(value, { ...wholly, depth }))
    console.log(inspect(value, { ...wholly, depth: null, colors: true, compact: false, sorted: true }))
    console.log(JSON.stringify(value), String(value))
    if (!(value instanceof Error)) return
    console.log(JSON.stringify([stdSerializers.err(value), stdSerializers.errWithCause(value)]))
    console.log(value.message, value.stack, JSON.stringify(value, Object.getOwnPropertyNames(value)))
    if (value.cause !== undefined) this.everythingAbout(value.cause)
  }

  /** For what holds no values: a copy of it holds none either. */
  everythingIn(value: unknown): void {
    this.everythingAbout(value)
    this.everythingAbout(structuredClone(value))
    this.console.dir(value, { depth: null, showHidden: true })
    this.console.table(value)
  }

  /** Where the secret, or the part of it that makes it one, was printed. */
  of(canary: string): string[] {
    return linesWith(canary, this.#text)
  }
}
