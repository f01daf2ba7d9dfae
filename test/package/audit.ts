import { spawnSync } from 'node:child_process'
import { bundledPackages } from '../support/entry-points.ts'

interface Vulnerability {
  readonly name: string
  readonly severity: string
  readonly range: string
}

interface Report {
  readonly vulnerabilities?: Readonly<Record<string, Vulnerability>>
  readonly message?: string
  readonly statusCode?: number
}

// What is shipped must have no known weakness: dependencies, and what the build takes in. Of any other one is told.
const shipped = audit('--omit=dev')
const all = audit()
const bundled = bundledPackages()
const names = new Set([...shipped, ...all.filter(({ name }) => bundled.includes(name))].map(({ name }) => name))
for (const { name, range, severity } of all) {
  console.log(`npm audit: ${name} ${range}: ${severity}${names.has(name) ? ', and shipped' : ', in development alone'}`)
}
if (names.size > 0) process.exitCode = 1

function audit(...args: string[]): Vulnerability[] {
  const { stdout } = spawnSync('npm', ['audit', '--json', ...args], { encoding: 'utf8' })
  const { vulnerabilities, message, statusCode }: Report = JSON.parse(stdout)
  if (vulnerabilities !== undefined) return Object.values(vulnerabilities)
  // A mirror that knows packages need know nothing of what is wrong with them.
  if (statusCode === undefined) throw new Error(`npm audit failed: ${message}`)
  console.log(`npm audit ${args.join(' ')}: not checked, because this registry has no audits (status ${statusCode})`)
  return []
}
