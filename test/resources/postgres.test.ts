import { DatabaseError, Pool } from 'pg'
import { expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { loadConfig, secret } from '../../src/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { makeNotifier } from '../support/notifier.ts'
import { describeWithPostgres, startPostgres } from '../support/postgres.ts'
import { isWholeSuite } from '../support/suite.ts'

const schema = z.object({
  db: z.object({
    host: z.string(),
    port: z.number(),
    credentials: secret('shop/db', z.object({ username: z.string(), password: z.string() })),
  }),
})

describeWithPostgres('a pool whose password is rotated while it is used', () => {
  it.runIf(isWholeSuite)('has no failed query during a rotation with alternating users', async () => {
    const { postgres, aws, pool, notifier } = await start()
    await postgres.run(`create role clone login password 'one-of-clone'`)
    const load = startLoad(() => pool.use(whoAmI))
    await expect.poll(load.users).toBe('app')
    for (const [turn, username] of ['clone', 'app', 'clone', 'app'].entries()) {
      const password = `password-${turn}`
      await postgres.run(`alter role ${username} password '${password}'`)
      aws.secrets.put({ id: 'shop/db', value: JSON.stringify({ username, password }) })
      notifier.inbox.hint({ kind: 'secret', name: 'shop/db', operation: 'put' })
      await expect.poll(load.users).toBe(username)
    }

    expect(await load.end()).toEqual([])
    // Replaced pools have closed their connections.
    await expect.poll(() => postgres.sessions('clone')).toBe(0)
  })

  it('retries each failed query if the old password is refused immediately', async () => {
    const { postgres, aws, config, pool } = await start()
    const counts = { tries: 0, refusals: 0 }
    const load = startLoad(() =>
      config.retryOnAuthError(isLoginRefused, async () => {
        counts.tries++
        try {
          return await pool.use(whoAmI)
        } catch (error) {
          if (isLoginRefused(error)) counts.refusals++
          throw error
        }
      }),
    )
    await expect.poll(load.users).toBe('app')
    await postgres.run(`alter role app password 'second'`)
    // The stored password is refused for a while, as during a rotation of Secrets Manager.
    await expect.poll(() => counts.refusals).toBeGreaterThan(0)
    aws.secrets.put({ id: 'shop/db', value: JSON.stringify({ username: 'app', password: 'second' }) })
    await expect.poll(() => config.current.db.credentials.password).toBe('second')
    await expect.poll(load.users).toBe('app')

    expect(await load.end()).toEqual([])
    expect(counts.tries).toBe(load.count() + counts.refusals)
  })
})

async function start() {
  const postgres = await startPostgres()
  await postgres.run(`create role app login password 'first'`)
  const aws = await localAws()
  put(aws, { '/shop/db/host': postgres.host, '/shop/db/port': String(postgres.port) })
  aws.secrets.create({ name: 'shop/db', value: JSON.stringify({ username: 'app', password: 'first' }) })
  const notifier = makeNotifier()
  const config = await loadConfig({ schema, path: '/shop', notifications: notifier, poll: false, ...at(aws) })
  onTestFinished(() => config.close())
  const pool = await config.resource(({ db }) => db, openPool, { destroy: (old) => old.end() })
  return { postgres, aws, config, pool, notifier }
}

// Short connections, because an open connection is not affected by a new password.
function openPool({ host, port, credentials }: z.infer<typeof schema>['db']): Pool {
  const { username, password } = credentials
  return new Pool({ host, port, user: username, password, database: 'postgres', max: 4, maxUses: 5 })
}

async function whoAmI(pool: Pool): Promise<string | undefined> {
  const { rows } = await pool.query<{ name: string }>('select current_user as name')
  return rows[0]?.name
}

// https://www.postgresql.org/docs/current/errcodes-appendix.html: invalid_password
function isLoginRefused(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === '28P01'
}

/** Runs queries, four at a time, until it is stopped. */
function startLoad(query: () => Promise<string | undefined>) {
  const names: (string | undefined)[] = []
  const failures: unknown[] = []
  let isOver = false
  const work = async () => {
    while (!isOver && failures.length < 10) {
      try {
        names.push(await query())
      } catch (error) {
        failures.push(error)
      }
    }
  }
  const workers = Array.from({ length: 4 }, work)
  const end = async () => {
    isOver = true
    await Promise.all(workers)
    return failures
  }
  onTestFinished(async () => void (await end()))
  return {
    count: () => names.length,
    /** The users of the last queries. */
    users: () => [...new Set(names.slice(-8))].join(),
    end,
  }
}
