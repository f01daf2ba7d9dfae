import { hostname } from 'node:os'
import express from 'express'
import { describe, expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import packageJson from '../../package.json' with { type: 'json' }
import { expressConfig } from '../../src/express/index.ts'
import { createConfig, type LiveConfig, loadConfig, secret, sensitive } from '../../src/index.ts'
import { thisInstance } from '../../src/platform/instance.ts'
import { createTestConfig } from '../../src/testing/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { serve } from '../support/serve.ts'
import { open } from '../support/status-page.ts'

async function pageOf(config: LiveConfig<unknown>): Promise<{ html(): Promise<string>; report(): Promise<Report> }> {
  const url = await serve(express().use(expressConfig(config).statusPage()))
  const read = async (path: string) => (await fetch(url + path)).text()
  return { html: () => read('/'), report: async () => JSON.parse(await read('/status.json')) }
}

interface Report {
  readonly absent: readonly Readonly<Record<string, unknown>>[]
  readonly status: { readonly failures: number }
  readonly [other: string]: unknown
}

/** The text of the row of a key. */
function row(html: string, key: string): string {
  const start = html.indexOf(`<tr data-key="${key}"`)
  return html
    .slice(start, html.indexOf('</tr>', start))
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
}

describe('the state', () => {
  it('does not claim that the stored values are in use, because a rotated secret may not be read yet', async () => {
    const { config, html } = await open()
    await config.store.putSecret('login', JSON.stringify({ password: 'rotated' }))
    await config.advance(60_000)
    const page = await html()

    expect(page).toContain('matched the stored one at the last read')
    expect(page).toContain('secrets are polled less often')
    expect(page).not.toMatch(/what is served is what is stored/i)
  })

  it('counts rejected configurations as failures until one is accepted', async () => {
    const { config, html } = await open()
    expect(await html()).toContain('<div><dt>Failed refreshes</dt><dd>0</dd></div>')
    await config.set({ parameters: { '/app/port': 'no number' } }).catch(() => undefined)
    expect(config.status()).toMatchObject({ reason: 'candidate-rejected', failures: 1 })
    expect(await html()).toContain('<div class="odd"><dt>Failed refreshes</dt><dd>1</dd></div>')
    await config.set({ parameters: { '/app/port': '5433' } })
    expect(config.status().failures).toBe(0)
  })
})

describe('the last error', () => {
  it('is open while it lasts, and folded after it is resolved', async () => {
    const { config, html } = await open()
    await config.set({ parameters: { '/app/port': 'no number' } }).catch(() => undefined)
    expect(await html()).toMatch(
      /<section class="note bad"[^>]*><h2>Last error <small><time[^>]*>[^<]*<\/time><\/small>/,
    )
    await config.set({ parameters: { '/app/port': '5433' } })

    const folded =
      /<details class="note"><summary><h2>Last error <small>.*?, resolved<\/small><\/h2><\/summary>.*?<\/details>/s
    expect(folded.exec(await html())?.[0]).toContain('[INVALID_VALUE]')
    expect(await html()).not.toContain('note bad')

    await config.advance(1)
    await config.refresh()
    await config.close()
    expect(await html()).toMatch(folded)
  })

  it('stays open when the config is closed before it is resolved', async () => {
    const { config, html } = await open()
    await config.set({ parameters: { '/app/port': 'no number' } }).catch(() => undefined)
    await config.close()

    expect(await html()).toContain('note bad')
  })
})

describe('a change', () => {
  it('names both parameters of a key that another layer provides now', async () => {
    const config = await createTestConfig(
      { schema: z.object({ level: z.string() }), path: ['/shared', '/app'] },
      { parameters: { '/shared/level': 'info' } },
    )
    onTestFinished(() => config.close())
    const { html } = await pageOf(config)
    await config.set({ parameters: { '/app/level': 'warn' } })

    expect((await html()).replace(/<[^>]*>/g, '')).toContain('updated, /shared/level version 1 → /app/level version 1')
  })
})

describe('a key', () => {
  it('is not called absent before the first read', async () => {
    const aws = await localAws()
    aws.faults.add({ kind: 'hang', action: 'ssm:*' })
    const schema = z.object({ host: z.string(), port: z.number().default(5432) })
    const config = createConfig({ schema, path: ['/shared', '/app'], ...at(aws) })
    onTestFinished(() => config.close())
    const html = await (await pageOf(config)).html()

    expect(row(html, 'host')).toContain('not read yet read from /app/host , or from /shared/host')
    expect(html).not.toContain('not stored')
    expect(row(html, 'port')).toContain('port not read yet read from')
    expect(html).toContain('There is no configuration yet')
  })

  it('shows its default', async () => {
    const schema = z.object({
      port: z.number().default(5432),
      empty: z.string().default(''),
      optional: z.string().optional(),
      marked: sensitive(z.string().default('hunter2')),
      login: secret('login', z.string()).default('hunter2'),
      pool: z.object({ max: z.number().default(10) }).default({ max: 20 }),
      shaped: z.object({ a: z.number().default(1) }).transform(({ a }) => ({ b: a })),
    })
    const config = await createTestConfig({ path: '/app', schema })
    onTestFinished(() => config.close())
    const { html, report } = await pageOf(config)
    const page = await html()

    expect(row(page, 'port')).toContain('port 5432 default not stored at /app/port')
    expect(row(page, 'empty')).toContain('empty default')
    expect(row(page, 'optional')).toContain('optional not stored not stored at /app/optional')
    expect(row(page, 'pool.max')).toContain('20 default')
    expect(row(page, 'shaped.a')).toContain('not stored not stored at')
    expect(page + JSON.stringify(await report())).not.toContain('hunter2')
    expect((await report()).absent.find(({ key }) => key === 'marked')).toMatchObject({ isSensitive: true })
  })

  it('shows escapes for invisible characters', async () => {
    const { config, html, report } = await open()
    await config.set({ parameters: { '/app/host': 'a\u001b[31m\u202egpj\u200b\u2028b' } })
    const shown = (await html()) + JSON.stringify(await report())

    for (const character of '\u001b\u202e\u200b\u2028') expect(shown).not.toContain(character)
    expect(await html()).toContain('a\\u001b[31m\\u202egpj\\u200b\\u2028b')
  })
})

describe('a resource', () => {
  it('is listed with its name and state', async () => {
    const { config, html } = await open()
    let isFailing = false
    const create = (host: string) => (isFailing ? fail() : host)
    await config.resource(({ host }) => host, create, { name: 'orders <pool>' })
    await config.resource(
      ({ port }) => port,
      () => ({}),
    )
    expect(config.status().resources).toEqual([
      { name: 'orders <pool>', isCurrent: true, failures: 0 },
      { isCurrent: true, failures: 0 },
    ])
    expect(await html()).toMatch(
      /<code>orders &lt;pool&gt;<\/code> is up to date.*<code>resource 1<\/code> is up to date/s,
    )

    isFailing = true
    await config.set({ parameters: { '/app/host': 'other' } })
    expect(await html()).toMatch(
      /<code>orders &lt;pool&gt;<\/code> uses an earlier configuration<small> could not be created, 1 time/,
    )
    expect(config.explain().warnings).toEqual([expect.stringMatching(/^could not create resource orders <pool>/)])
    await config.close()
  })

  it('needs a string as its name', async () => {
    const { config } = await open()
    await expect(config.resource(({ host }) => host, String, { name: 5 as unknown as string })).rejects.toThrow(
      'resource(): name must be a string',
    )
  })
})

describe('the process', () => {
  it('shows the host, the process, the account and the paths', async () => {
    const aws = await localAws({ region: 'eu-west-1', accountId: '210987654321' })
    put(aws, { '/app/host': 'x' })
    const options = { schema: z.object({ host: z.string() }), path: ['/shared', '/app'] as const }
    const config = await loadConfig({ ...options, ...at(aws) })
    onTestFinished(() => config.close())
    const { html, report } = await pageOf(config)

    expect(await report()).toMatchObject({
      paths: ['/shared', '/app'],
      status: { place: { accountId: '210987654321', region: 'eu-west-1' } },
      process: { host: hostname(), pid: process.pid, node: process.versions.node, liveparam: packageJson.version },
    })
    expect((await html()).replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')).toContain(
      `Paths /shared , then /app Account 210987654321 Region eu-west-1 Host ${hostname()} Process ${process.pid}`,
    )
  })

  it('shows no account for a source without one', async () => {
    const { config, html } = await open()
    expect(config.status()).not.toHaveProperty('place')
    expect(await html()).not.toContain('Account')
  })

  it('has the version of the package', () => {
    expect(thisInstance().liveparam).toBe(packageJson.version)
  })
})

function fail(): never {
  throw new Error('no')
}
