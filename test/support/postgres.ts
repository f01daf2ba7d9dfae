import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { describe, it, onTestFinished } from 'vitest'
import { freePort } from './free-port.ts'

const install = 'apt-get install -y --no-install-recommends postgresql'
const programs = findPrograms()

/** A server of the test's own. */
export interface Postgres {
  readonly host: string
  readonly port: number
  /** Runs a statement as the superuser. */
  run(statement: string): Promise<void>
  /** How many connections a user has. */
  sessions(user: string): Promise<number>
}

/** Tests that need PostgreSQL. Where it is not installed, one that is skipped says how to install it. */
export function describeWithPostgres(name: string, tests: () => void): void {
  if (programs === undefined && process.env.LIVEPARAM_REQUIRE_ALL !== '1') {
    it.skip(`PostgreSQL is not installed: ${install}`, () => undefined)
  } else {
    describe(name, { timeout: 60_000 }, tests)
  }
}

/** A server that lives as long as the test. */
export async function startPostgres(): Promise<Postgres> {
  if (programs === undefined) throw new Error(`PostgreSQL is not installed: ${install}`)
  const folder = mkdtempSync(join(tmpdir(), 'liveparam-postgres-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const owner = ownerOf(folder)
  const [passwordFile, cluster] = [join(folder, 'password'), join(folder, 'cluster')]
  writeFileSync(passwordFile, superuser.password)
  const access = ['--username', superuser.user, '--auth', 'scram-sha-256', '--pwfile', passwordFile]
  const made = spawnSync(join(programs, 'initdb'), ['--pgdata', cluster, '--no-sync', ...access], {
    ...owner,
    encoding: 'utf8',
  })
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`)
  const port = await freePort()
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off', 'max_connections=50']
  const child = spawn(
    join(programs, 'postgres'),
    ['-D', cluster, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    { ...owner, stdio: 'ignore' },
  )
  onTestFinished(() => stop(child))
  const admin = await connect(child, port)
  onTestFinished(() => admin.end())
  return {
    host: '127.0.0.1',
    port,
    async run(statement) {
      await admin.query(statement)
    },
    async sessions(user) {
      const { rowCount } = await admin.query('select from pg_stat_activity where usename = $1', [user])
      return rowCount ?? 0
    },
  }
}

const superuser = { user: 'postgres', password: 'superuser-of-a-test' }

function findPrograms(): string | undefined {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  const folders = [...versions.map((version) => join(debian, version, 'bin')), ...(process.env.PATH ?? '').split(':')]
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')))
}

// It refuses to run as root.
function ownerOf(folder: string): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {}
  const [uid, gid] = ['-u', '-g'].map((flag) =>
    Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout),
  )
  if (!uid || !gid) throw new Error('PostgreSQL does not run as root, and there is no user postgres')
  chownSync(folder, uid, gid)
  return { uid, gid }
}

async function connect(child: ChildProcess, port: number): Promise<Client> {
  const giveUpAt = Date.now() + 25_000
  while (Date.now() < giveUpAt && child.exitCode === null) {
    const client = new Client({ host: '127.0.0.1', port, database: 'postgres', ...superuser })
    try {
      await client.connect()
      return client
    } catch {
      await client.end().catch(() => undefined)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  throw new Error(`PostgreSQL does not answer (exit code ${child.exitCode})`)
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const gone = new Promise((resolve) => child.once('close', resolve))
  child.kill('SIGQUIT')
  await gone
}
