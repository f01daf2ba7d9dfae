import { hostname } from 'node:os'

/** Which process answers, of all the instances of a service. */
export interface Instance {
  readonly host: string
  readonly pid: number
  /** In milliseconds since the Unix epoch. */
  readonly startedAt: number
  /** Of Node.js. */
  readonly node: string
  /** Of this package. */
  readonly liveparam: string
}

// As of package.json, which a test compares it with.
const version = '0.1.0'

export function thisInstance(): Instance {
  const startedAt = Math.round(performance.timeOrigin)
  return { host: hostname(), pid: process.pid, startedAt, node: process.versions.node, liveparam: version }
}
