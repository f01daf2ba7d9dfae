import { setImmediate } from 'node:timers/promises'
import express from 'express'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import * as z from 'zod'
import { expressConfig } from '../../src/express/index.ts'
import { sensitive } from '../../src/index.ts'
import { createTestConfig } from '../../src/testing/index.ts'
import { serve } from '../support/serve.ts'

const schema = z.object({ user: z.string(), password: sensitive(z.string()) })
const canary = 'hunter2-canary'

function load(user: string) {
  return createTestConfig({ path: '/app', schema }, { values: { user, password: canary } })
}

describe('39. pins one snapshot for the whole request', () => {
  it('keeps the snapshot across awaits and reloads, without I/O', async () => {
    const config = await load('first')
    const { middleware, handler, getConfig } = expressConfig(config)
    const app = express()
      .use(middleware)
      .get(
        '/',
        handler(async ({ config: pinned }, response) => {
          const before = getConfig().user
          await config.set({ values: { user: 'second' } })
          await setImmediate()
          response.json([before, getConfig().user, pinned.user, config.current.user])
        }),
      )
    const answer = await fetch(await serve(app))

    expect(await answer.json()).toEqual(['first', 'first', 'first', 'second'])
  })

  it('never shows the snapshot of another config', async () => {
    const [one, other] = [expressConfig(await load('one')), expressConfig(await load('other'), { property: 'other' })]
    const app = express()
      .use(one.middleware)
      .get('/one', (_, response) => void response.json(one.getConfig().user))
      .get(
        '/other',
        other.middleware,
        (_, response) => void response.json([one, other].map((it) => it.getConfig().user)),
      )
    const url = await serve(app)

    expect(await (await fetch(`${url}/one`)).json()).toBe('one')
    expect(await (await fetch(`${url}/other`)).json()).toEqual(['one', 'other'])
    expect(other.getConfig).toThrow(expect.objectContaining({ code: 'NO_REQUEST' }))
  })
})

it('39. serves a status page without secrets, and answers 404 to unauthorized requests', async () => {
  const config = await load('first')
  const { statusPage } = expressConfig(config)
  const app = express()
    .use('/open', statusPage())
    .use('/closed', statusPage({ authorize: () => false }))
  const url = await serve(app)
  await config.set({ values: { password: `${canary}-2` } })
  const texts = await Promise.all(['/open', '/open/status.json'].map(async (path) => (await fetch(url + path)).text()))

  expect(texts.every((text) => text.includes('/app/password'))).toBe(true)
  expect(texts.join()).not.toContain('canary')
  expect((await fetch(`${url}/closed`)).status).toBe(404)
})

it.each(['development', 'production'])(
  '39. serves the status page to authorized requests in %s',
  async (environment) => {
    const before = process.env.NODE_ENV
    onTestFinished(() => {
      process.env.NODE_ENV = before
    })
    process.env.NODE_ENV = environment
    const warn = vi.spyOn(console, 'warn').mockReturnValue()
    const { statusPage } = expressConfig(await load('first'))
    const url = await serve(
      express()
        .use('/unsaid', statusPage())
        .use('/operators', statusPage({ authorize: ({ headers }) => headers['x-role'] === 'operator' })),
    )
    const statusOf = async (path: string, role = '') =>
      (await fetch(url + path, { headers: { 'x-role': role } })).status

    // Without the option, the page is closed in production, which its developer has to learn.
    const warning = expect.stringContaining('statusPage() answers every request with 404: pass the option `authorize`')
    expect(warn.mock.calls).toEqual(environment === 'production' ? [[warning]] : [])
    for (const page of ['', '/status.json']) {
      expect(await statusOf(`/unsaid${page}`, 'operator')).toBe(environment === 'production' ? 404 : 200)
      expect(await statusOf(`/operators${page}`, 'operator')).toBe(200)
      expect(await statusOf(`/operators${page}`)).toBe(404)
    }
  },
)
