import { Writable } from 'node:stream'
import { type LogItem, Logger as Powertools } from '@aws-lambda-powertools/logger'
import bunyan from 'bunyan'
import { pino } from 'pino'
import winston from 'winston'
import type { Logger } from '../../src/index.ts'

/** The lines that were written to a stream. */
export class Lines extends Writable {
  readonly lines: string[] = []

  override _write(chunk: unknown, _encoding: string, done: () => void): void {
    this.lines.push(...String(chunk).trimEnd().split('\n'))
    done()
  }
}

/** Loggers that people have, each into a stream; and level and text, out of what it makes of a line. */
export const loggers: Readonly<Record<string, (stream: Writable) => { logger: Logger; read(line: string): string }>> = {
  pino: (stream) => ({
    logger: pino(stream),
    read(line) {
      const { level, msg } = JSON.parse(line)
      return `${pino.levels.labels[level]} ${msg}`
    },
  }),
  bunyan: (stream) => ({
    logger: bunyan.createLogger({ name: 'shop', stream }),
    read(line) {
      const { level, msg } = JSON.parse(line)
      return `${bunyan.nameFromLevel[level]} ${msg}`
    },
  }),
  winston: (stream) => ({
    logger: winston.createLogger({ transports: new winston.transports.Stream({ stream }) }),
    read(line) {
      const { level, message } = JSON.parse(line)
      return `${level} ${message}`
    },
  }),
  'the Logger of Powertools': (stream) => ({
    logger: new PowertoolsInto(stream),
    read(line) {
      const { level, message } = JSON.parse(line)
      return `${level.toLowerCase()} ${message}`
    },
  }),
}

/** What it would print, into a stream. */
export class PowertoolsInto extends Powertools {
  readonly #stream: Writable

  constructor(stream: Writable) {
    super({ serviceName: 'shop' })
    this.#stream = stream
  }

  protected override printLog(_level: number, log: LogItem): void {
    this.#stream.write(JSON.stringify(log.getAttributes()))
  }
}
