import { describe, expect, it } from 'vitest'
import type { StatusPageOptions } from '../../src/express/index.ts'
import { open, type Page } from '../support/status-page.ts'

type Answer = ReturnType<NonNullable<StatusPageOptions['authorize']>>

const refreshHeader = { 'x-liveparam': 'refresh' }

/** An answer that JavaScript code could return in spite of the types. */
function answering(answer: () => unknown): () => Answer {
  return answer as () => Answer
}

/** The text of every response of the page. */
async function everything({ url }: Page): Promise<string> {
  const pages = await Promise.all(['/', '/status.json'].map((path) => fetch(url + path)))
  return (await Promise.all(pages.map((page) => page.text()))).join('\n')
}

const notTrue: [string, () => unknown][] = [
  ['a truthy text', () => 'yes'],
  ['the number 1', () => 1],
  ['an object', () => ({})],
  ['a Boolean', () => Object(true)],
  ['a promise of a text', async () => 'yes'],
  ['a function', () => () => true],
  ['undefined', () => undefined],
  ['a thrown error', () => fail()],
  ['a promise that rejects', () => Promise.reject(new Error('no'))],
  // biome-ignore lint/suspicious/noThenProperty: authorize is awaited.
  ['a thenable that throws', () => ({ then: () => fail() })],
]

describe('authorize', () => {
  it.each(notTrue)('gives 404 when it answers with %s', async (_, answer) => {
    const { url } = await open({ authorize: answering(answer) })
    for (const path of ['/', '/status.json', '/refresh']) {
      expect([path, (await fetch(url + path)).status]).toEqual([path, 404])
    }
    expect((await fetch(`${url}/refresh`, { method: 'POST', headers: refreshHeader })).status).toBe(404)
  })

  it.each([
    ['true', () => true],
    ['a promise of true', async () => true],
  ])('allows the request when it answers with %s', async (_, authorize) => {
    const { url } = await open({ authorize })
    expect((await fetch(url)).status).toBe(200)
  })
})

describe('hide', () => {
  it.each<[string, () => unknown]>([
    ['true', () => true],
    ['a promise of true', async () => true],
    ['a promise of false', async () => false],
    ...notTrue,
  ])('hides a value when it answers with %s: in the keys, the changes and the last error', async (_, answer) => {
    const page = await open({ hide: ((key: string) => (key === 'port' ? false : answer())) as () => boolean })
    const { config } = page
    await config.set({ parameters: { '/app/host': 'db-hidden', '/app/port': '6000' } })
    await config.set({ parameters: { '/app/limits/a': '123456' } })
    await config.set({ parameters: { '/app/port': 'no number' } }).catch(() => undefined)
    const shown = await everything(page)

    expect(shown).not.toContain('db-hidden')
    expect(shown).not.toContain('123456')
    expect(shown).toContain('6000')
  })

  it('hides the message of an error, which may quote a hidden value', async () => {
    const page = await open({ hide: (key) => key === 'host' })
    page.config.reject('the host db-hidden is not allowed')
    await page.config.set({ parameters: { '/app/host': 'db-hidden' } }).catch(() => undefined)
    const shown = await everything(page)

    expect(page.config.status().lastError?.code).toBe('LOAD_FAILED')
    expect(shown).not.toContain('db-hidden')
    expect(shown).toContain('LOAD_FAILED')
    expect(shown).toContain('could quote a hidden value')
  })

  it('hides a value in earlier changes', async () => {
    let isHidden = false
    const page = await open({ hide: () => isHidden })
    await page.config.set({ parameters: { '/app/host': 'db-1' } })
    await page.config.set({ parameters: { '/app/host': 'db-2' } })
    expect(await everything(page)).toContain('db-1')
    isHidden = true

    expect(await everything(page)).not.toMatch(/db-[12]/)
  })

  it('hides a default', async () => {
    const page = await open({ hide: (key) => key === 'port' })
    expect(await everything(page)).not.toContain('5432')
  })
})

describe('POST /refresh', () => {
  async function refreshed(page: Page, headers: Readonly<Record<string, string>>, method = 'POST') {
    page.config.store.put('/app/host', 'new')
    const response = await fetch(`${page.url}/refresh`, { method, headers })
    const text = await response.text()
    return { status: response.status, text, host: page.config.current.host }
  }

  it('refreshes the config and answers with the outcome', async () => {
    const page = await open()
    expect(await refreshed(page, refreshHeader)).toEqual({ status: 200, text: '{"outcome":"changed"}', host: 'new' })
    const again = await fetch(`${page.url}/refresh`, {
      method: 'POST',
      headers: { ...refreshHeader, 'sec-fetch-site': 'same-origin' },
    })
    expect(await again.json()).toEqual({ outcome: 'unchanged' })
  })

  it('names what failed, and no value', async () => {
    const page = await open({ hide: () => true })
    const answer = async () => JSON.parse((await refreshed(page, refreshHeader)).text)
    const remedy = 'the last error says what to do'

    page.config.store.put('/app/port', 'hunter2')
    page.config.store.put('/app/limits/a', 'hunter3')
    const reason = `port /app/port [INVALID_VALUE], and 1 more problem: ${remedy}`
    expect(await answer()).toEqual({ outcome: 'failed', reason })
    const outage = page.config.fail()
    expect(await answer()).toEqual({
      outcome: 'failed',
      reason: `/shared [UNREACHABLE], and 2 more problems: ${remedy}`,
    })
    outage[Symbol.dispose]()
    await page.config.close()
    expect(await answer()).toEqual({ outcome: 'failed', reason: 'the config is closed' })
  })

  it.each<[string, Record<string, string>]>([
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['another site', { ...refreshHeader, 'sec-fetch-site': 'cross-site' }],
    ['another origin of the same site', { ...refreshHeader, 'sec-fetch-site': 'same-site' }],
    ['an address bar', { ...refreshHeader, 'sec-fetch-site': 'none' }],
    ['another command', { 'x-liveparam': 'close' }],
  ])('refuses %s', async (_, headers) => {
    const page = await open()
    expect(await refreshed(page, headers)).toMatchObject({ status: 403, host: expect.not.stringMatching('new') })
  })

  it.each(['GET', 'PUT', 'OPTIONS'])('refuses %s', async (method) => {
    const page = await open()
    expect(await refreshed(page, refreshHeader, method)).toMatchObject({
      status: 405,
      host: expect.not.stringMatching('new'),
    })
  })
})

function fail(): never {
  throw new Error('no')
}
