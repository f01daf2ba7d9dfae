import { beforeAll, describe, expect, it } from 'vitest'
import { makeTerminal } from '../../src/cli/terminal.ts'
import { drawWatch } from '../../src/cli/watch-screen.ts'
import type { ConfigStatus } from '../../src/index.ts'
import { localAws, put } from '../support/aws.ts'
import { assertBuilt } from '../support/built.ts'
import { configModule, makeProject, type Running } from '../support/cli.ts'

beforeAll(assertBuilt)

const schema = `{
  db: z.object({ host: z.string(), port: z.number().default(5432) }),
  login: secret('prod/db', z.object({ password: z.string() })),
  token: z.string(),
  plain: sensitive(z.string()),
}`
const options = "path: ['/shared', '/shop/prod'], poll: { everyMs: 1_000, secretsEveryMs: 1_000 }, logger: false"
const never = 'poll: { everyMs: 3_600_000 }, logger: false'

async function shop(definition = options) {
  const aws = await localAws()
  aws.secrets.create({ name: 'prod/db', value: '{"password":"hunter1"}' })
  put(aws, {
    '/shop/prod/db/host': 'db.internal',
    '/shop/prod/token': ['SecureString', 'hunter2'],
    '/shared/plain': 'hunter3',
  })
  const module = `
    import { snsNotifications, sqsNotifications } from 'liveparam/sqs'
    ${configModule(schema, definition)}`
  return { aws, project: makeProject({ 'config.mjs': module }, aws) }
}

function printed({ printed: read }: Running, text: string | RegExp) {
  return expect.poll(read, { timeout: 15_000 }).toMatch(text)
}

/** The lines about events, without their times. */
function linesOf({ output }: Running): string[] {
  return output()
    .split('\n')
    .flatMap((line) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ {2}(.*)/.exec(line)?.[1] ?? [])
}

describe('watch', () => {
  it('says that a parameter was created again, also with the version that it had', async () => {
    const { aws, project } = await shop()
    const running = project.startOnTerminal(80, 'watch')
    await printed(running, 'ready since')
    aws.parameters.delete('/shop/prod/token')
    put(aws, { '/shop/prod/token': ['SecureString', 'hunter5'] })
    await printed(running, 'created again')
    running.process.stdin?.write('\u0003')
    await running.ended
    const left = running.printed().split('\u001b[?1049l')[1] ?? ''

    // The lines that stay on the terminal are broken between words.
    expect(left).toMatch(/updated {4}token {2}version 1, created again\r\n {33}\/shop\/prod\/token/)
  })

  it('prints one line for each change, and ends with the exit code of its signal', async () => {
    const { aws, project } = await shop()
    const running = project.start('watch')
    await printed(running, 'ready')
    aws.parameters.put({ name: '/shop/prod/db/host', value: 'moved', overwrite: true })
    await printed(running, 'updated')
    put(aws, { '/shop/prod/plain': 'hunter4' })
    await printed(running, '/shared/plain → /shop/prod/plain')
    put(aws, { '/shop/prod/db/port': '1' })
    await printed(running, 'added')
    aws.parameters.delete('/shop/prod/db/port')
    await printed(running, 'removed')
    aws.parameters.put({ name: '/shop/prod/db/port', value: 'hunter5' })
    await printed(running, 'rejected')
    aws.parameters.delete('/shop/prod/db/port')
    await printed(running, 'recovered')
    running.process.kill('SIGINT')

    expect(await running.ended).toBe(130)
    expect(running.output()).toContain('config.mjs  /shared  /shop/prod  account 123456789012, region us-east-1')
    expect(linesOf(running)).toEqual([
      'ready      revision 1 with 4 stored keys',
      'updated    db.host  version 1 → 2  /shop/prod/db/host  (revision 2, poll)',
      'updated    plain  version 1  /shared/plain → /shop/prod/plain  (revision 3, poll)',
      'added      db.port  version 1  /shop/prod/db/port  (revision 4, poll)',
      'removed    db.port  version 1  /shop/prod/db/port  (revision 5, poll)',
      expect.stringMatching(/^rejected {3}db\.port \/shop\/prod\/db\/port \[INVALID_VALUE\]: expected number: /),
      expect.stringMatching(/^recovered {2}the configuration is up to date/),
    ])
    expect(running.printed()).not.toContain('hunter')
  })

  it('reports an outage, and its end', async () => {
    const { aws, project } = await shop(`${options}, startup: { timeoutMs: 500 }`)
    const running = project.start('watch')
    await printed(running, 'ready')
    const outage = aws.faults.add({ kind: 'html-503' })
    await printed(running, /stale {6}\S/)
    outage.remove()
    await printed(running, 'recovered')
    running.process.kill('SIGTERM')

    expect(await running.ended).toBe(143)
  })

  it('prints one JSON object for each event', async () => {
    const { aws, project } = await shop()
    const running = project.start('watch', '--json')
    await printed(running, 'ready')
    aws.secrets.put({ id: 'prod/db', value: '{"password":"hunter4"}' })
    await printed(running, '"change"')
    aws.parameters.put({ name: '/shop/prod/db/port', value: 'hunter5' })
    await printed(running, '"rejected"')
    running.process.kill('SIGINT')
    expect(await running.ended).toBe(130)

    const events = running
      .output()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(events[0]).toMatchObject({
      event: 'ready',
      format: 'liveparam.watch.1',
      revision: 1,
      paths: ['/shared', '/shop/prod'],
      where: { account: '123456789012' },
      keys: [
        { key: 'db.host', parameter: '/shop/prod/db/host', version: '1' },
        { key: 'login', type: 'Secret', isSensitive: true },
        { key: 'plain', layer: '/shared', isSensitive: true },
        { key: 'token', type: 'SecureString', isSensitive: true },
      ],
    })
    expect(events[1]).toMatchObject({ event: 'change', revision: 2, changed: [{ key: 'login', kind: 'updated' }] })
    expect(events.find(({ event }) => event === 'rejected')).toMatchObject({
      problems: [{ key: 'db.port', code: 'INVALID_VALUE' }],
    })
    for (const { at: time } of events) expect(new Date(time).toISOString()).toBe(time)
    expect(running.printed()).not.toContain('hunter')
  })

  it('follows the topic of the definition through a queue of its own, which it deletes', async () => {
    const { aws, project } = await shop()
    const topic = aws.topics.create('changes').arn
    aws.events.route({ source: ['aws.ssm'] }, topic)
    const route = `notifications: snsNotifications({ topicArn: '${topic}' })`
    project.write(
      'config.mjs',
      `import { snsNotifications } from 'liveparam/sqs'
      ${configModule(schema, `path: ['/shared', '/shop/prod'], ${never}, ${route}`)}`,
    )
    const running = project.start('watch')
    await printed(running, 'ready')
    await expect.poll(() => aws.queues.names.length, { timeout: 15_000 }).toBe(1)
    aws.parameters.put({ name: '/shop/prod/db/host', value: 'moved', overwrite: true })
    // The first one may have been missed, which opening the queue finds.
    await printed(running, /updated {4}db\.host .*(?:notification|recheck)/)
    aws.parameters.put({ name: '/shop/prod/db/host', value: 'again', overwrite: true })
    await printed(running, /updated {4}db\.host {2}version 2 → 3 .*notification/)
    running.process.kill('SIGINT')

    expect(await running.ended).toBe(130)
    expect(aws.queues.names).toEqual([])
  })

  it('leaves the messages in the queue of a service', async () => {
    const { aws } = await shop()
    const { url, arn } = aws.queues.create('service')
    aws.events.route({ source: ['aws.ssm'] }, arn)
    const route = `notifications: sqsNotifications({ queueUrl: '${url}' })`
    const module = `import { sqsNotifications } from 'liveparam/sqs'
      ${configModule(schema, `path: ['/shared', '/shop/prod'], poll: { everyMs: 1_000 }, logger: false, ${route}`)}`
    const running = makeProject({ 'config.mjs': module }, aws).start('watch')
    await printed(running, 'ready')
    aws.parameters.put({ name: '/shop/prod/db/host', value: 'moved', overwrite: true })
    await printed(running, /updated {4}db\.host .*poll/)
    running.process.kill('SIGINT')
    await running.ended

    expect(running.printed()).toContain('is not read, because its messages belong to the service')
    expect(aws.queues.messages(url)).toEqual({ visible: 1, inFlight: 0 })
  })

  it('ends with the report of check if a start would fail', async () => {
    const { aws, project } = await shop()
    aws.parameters.delete('/shop/prod/db/host')
    put(aws, { '/shop/prod/db/hots': 'x' })
    const watched = await project.run('watch')
    const checked = await project.run('check')
    const withoutTimes = (text: string) => text.replace(/\d+ calls? in \d+ ms/, '')

    expect(watched.code).toBe(1)
    expect(watched.output).toContain('missing')
    expect(withoutTimes(watched.output)).toBe(withoutTimes(checked.output))
    expect((await project.runOnTerminal(100, 'watch')).output).toContain('  → liveparam explain config.mjs db.host')
  })

  it('shows a screen on a terminal, and leaves the changes there at its end', async () => {
    const { aws, project } = await shop()
    const running = project.startOnTerminal(100, 'watch')
    await printed(running, '● ready since')
    aws.parameters.put({ name: '/shop/prod/db/host', value: 'moved', overwrite: true })
    await printed(running, 'version 1 → 2')
    running.process.stdin?.write('\u0003')

    expect(await running.ended).toBe(130)
    const [, left = ''] = running.printed().split('\u001b[?1049l')
    expect(left).toContain('config.mjs  /shared  /shop/prod')
    expect(left).toContain('updated    db.host  version 1 → 2')
    expect(running.printed()).not.toContain('hunter')
  })
})

describe('the screen of watch', () => {
  const now = Date.UTC(2026, 10, 29, 12, 0, 30)
  const status: ConfigStatus = {
    runtime: 'server',
    state: 'stale',
    reason: 'candidate-rejected',
    since: now - 20_000,
    revision: 3,
    loadedAt: now - 60_000,
    verifiedAt: now - 25_000,
    nextPollAt: now + 5_000,
    failures: 2,
    lastError: { code: 'LOAD_FAILED', message: 'liveparam: 1 missing\n\nMissing', at: now - 3_000 },
    notifications: {
      sources: [
        {
          name: 'sns',
          isHealthy: false,
          failure: { code: 'ACCESS_DENIED', isTransient: false, detail: 'denied', remedy: 'allow it' },
        },
      ],
      received: 4,
      duplicates: 0,
      unrelated: 0,
      upToDate: 0,
      ignored: 0,
    },
    missedNotifications: 1,
    expiring: [],
    usage: { calls: { 'ssm:GetParameters': { answered: 12, throttled: 1, failed: 0, aborted: 0 } }, decryptions: 2 },
    resources: [],
  }
  const keys = Array.from({ length: 30 }, (_, index) => ({
    key: `group.key${index}`,
    parameter: `/shop/prod/group/key${index}`,
    layer: '/shop/prod',
    type: 'String' as const,
    version: `${index}`,
    modifiedAt: now - index * 86_400_000,
    isSensitive: false,
    overridden: [],
  }))
  const lines = Array.from({ length: 40 }, (_, index) => ({
    at: now - (40 - index) * 1_000,
    word: 'updated',
    style: 'attention' as const,
    text: `group.key${index}  version 1 → 2  /shop/prod/group/key${index}  (revision ${index}, poll)${'\u001b[2J'}`,
  }))
  const watched = {
    file: 'config.ts',
    paths: ['/shop/prod'],
    where: {},
    origin: 'remote',
    status,
    keys,
    absent: 2,
    lines,
    now,
  }
  const { style } = makeTerminal({
    stdout: { write: () => true },
    stderr: { write: () => true },
    environment: {},
    hasInput: false,
    folder: '/',
    program: 'liveparam',
    nodeVersion: 'v20',
    signal: new AbortController().signal,
    now: () => now,
    onSignal: () => () => {},
  })

  it.each([
    [80, 24],
    [140, 50],
    [60, 12],
    [40, 6],
  ])('fits into %i × %i', (columns, rows) => {
    const screen = drawWatch(watched, { columns, rows, style })

    expect(screen.length).toBeLessThanOrEqual(rows)
    for (const line of screen) expect(line.length).toBeLessThanOrEqual(columns)
    expect(screen.join('\n')).not.toContain('\u001b')
  })

  it('shows the state, the last error, the versions and the last changes', () => {
    const screen = drawWatch(watched, { columns: 120, rows: 40, style }).join('\n')

    expect(screen).toContain(
      '● stale since 12:00:10 UTC, less than a minute ago: the last good configuration is in use',
    )
    expect(screen).toContain('revision       3, origin remote, loaded 1 minute ago')
    expect(screen).toContain('verified       25 s ago, next poll in 5 s, 2 failed refreshes')
    expect(screen).toContain('keys           30 stored, 2 absent')
    expect(screen).toContain('notifications  sns cannot listen: denied: allow it, 4 received, 1 missed')
    expect(screen).toContain('calls          12 answered, 1 throttled, 2 decryptions')
    expect(screen).toContain('last error     less than a minute ago: 1 missing')
    expect(screen).toMatch(/group\.key0 +\/shop\/prod\/group\/key0 +String +0 +2026-11-29/)
    expect(screen).toMatch(/… and \d+ more \(liveparam explain lists them\)/)
    expect(screen).toContain('12:00:29  updated    group.key39  version 1 → 2')
  })
})
