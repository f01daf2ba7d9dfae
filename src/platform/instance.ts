import { hostname } from 'node:os'

/** Identifies a process among the instances of a service. */
export interface Instance {
  readonly host: string
  readonly pid: number
  /** In milliseconds since the Unix epoch. */
  readonly startedAt: number
  /** The version of Node.js. */
  readonly node: string
  /** The version of this package. */
  readonly liveparam: string
}

// A test compares it with package.json.
const version = '1.0.0-rc.1'

export function thisInstance(): Instance {
  const startedAt = Math.round(performance.timeOrigin)
  return { host: hostname(), pid: process.pid, startedAt, node: process.versions.node, liveparam: version }
}
