import { describe, expect, it } from 'vitest'
import { expressConfig, type StatusPageOptions } from '../../src/express/index.ts'
import { canary, load, open, withNodeEnv } from '../support/status-page.ts'

describe('the options of a status page', () => {
  it.each([
    [{ authorise: () => false }, 'there is no option authorise: did you mean authorize?'],
    [{ secret: 'x' }, 'there is no option secret: the options are authorize, title, hide'],
    [{ authorize: true }, 'authorize must be a function'],
    [{ hide: ['db.host'] }, 'hide must be a function'],
    [{ title: 1 }, 'title must be a string'],
    [() => true, 'pass an object with authorize, title, hide'],
  ])('throw a TypeError when they are wrong: %o', async (options, message) => {
    const { statusPage } = expressConfig(await load())

    expect(() => statusPage(options as StatusPageOptions)).toThrow(new TypeError(`statusPage(): ${message}`))
  })
})

describe('access to the status page', () => {
  it.each<[string, StatusPageOptions, string | undefined, number]>([
    ['is open in development without authorize', {}, 'development', 200],
    ['is open in a test without authorize', {}, 'test', 200],
    ['is closed in production without authorize', {}, 'production', 404],
    ['is closed in staging without authorize', {}, 'staging', 404],
    ['is closed in prod without authorize', {}, 'prod', 404],
    ['is closed in Development without authorize', {}, 'Development', 404],
    ['is closed with an empty NODE_ENV and without authorize', {}, '', 404],
    ['is closed without NODE_ENV and without authorize', {}, undefined, 404],
    [
      'is open when authorize answers true',
      { authorize: ({ headers }) => headers['x-role'] === 'operator' },
      'production',
      200,
    ],
    ['is closed when authorize answers false', { authorize: () => false }, 'development', 404],
    ['is closed when authorize resolves with false', { authorize: async () => false }, 'development', 404],
    ['is closed when authorize throws', { authorize: () => fail() }, 'development', 404],
    ['is closed when authorize rejects', { authorize: async () => fail() }, 'development', 404],
  ])('%s', async (_, options, environment, status) => {
    const { url } = await open(options)
    using _environment = withNodeEnv(environment)
    for (const path of ['', '/', '/status.json']) {
      const response = await fetch(`${url}${path}`, { headers: { 'x-role': 'operator' } })
      expect([path, response.status]).toEqual([path, status])
      if (status === 404) expect(await response.text()).toBe('Not Found')
    }
  })

  it('is limited to its own paths and to GET and HEAD', async () => {
    const { url } = await open()
    for (const path of ['/other', '//', '/%zz', '/status.json/x']) {
      expect([path, (await fetch(url + path)).status]).toEqual([path, 404])
    }
    expect((await fetch(url, { method: 'POST' })).status).toBe(405)
  })
})

describe('the response', () => {
  it('allows its own style and script only, and forbids caching', async () => {
    const { url } = await open()
    for (const path of ['/', '/status.json']) {
      const { headers } = await fetch(`${url}${path}`)
      expect(headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; script-src 'sha256-[\w+/=]+'; style-src 'sha256-/,
      )
      expect(headers.get('content-security-policy')).not.toContain('unsafe')
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('cache-control')).toBe('no-store')
    }
  })

  it('links its JSON with and without a slash at the end of its URL', async () => {
    const { url, html } = await open()
    expect(await (await fetch(`${url}?x=1`)).text()).toContain('data-folder="./_config/"')
    expect(await html()).toContain('data-folder="./"')
  })

  it('omits the key table that the browser shows already', async () => {
    const { url, config } = await open()
    const hasTable = async (tag: string) =>
      (await (await fetch(`${url}?keys=${tag}`)).text()).includes('<td class="minor"')
    expect([await hasTable('1'), await hasTable('none')]).toEqual([false, true])
    await config.set({ values: { host: 'other' } })
    expect(await hasTable('1')).toBe(true)
  })
})

describe('the content of the status page', () => {
  it('shows the origin of each value and what it overrides, escaped', async () => {
    const { html, report } = await open({ title: 'Shop & Co' })
    const page = await html()
    const { keys, absent } = await report()

    expect(page).toContain('<h1>Shop &amp; Co</h1>')
    expect(page).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&#39;')
    expect(page).not.toContain('<script>alert')
    expect(keys.find(({ key }) => key === 'host')).toMatchObject({
      value: `<script>alert("x")</script>'`,
      parameter: '/app/host',
      layer: '/app',
      overridden: [{ parameter: '/shared/host' }],
    })
    expect(absent).toMatchObject([{ key: 'port', names: ['/app/port', '/shared/port'] }])
  })

  it('explains the states ready, stale and closed', async () => {
    const { config, html } = await open()
    expect(await html()).toContain('matched the stored one at the last read')
    config.fail({ detail: 'away & gone' })
    await config.refresh().catch(() => undefined)
    expect(await html()).toMatch(/the store cannot be read.*UNREACHABLE.*away &amp; gone/s)
    await config.close()
    expect(await html()).toContain('The config is closed')
  })

  it('contains no secret and no value made from a secret', async () => {
    const { html, report, config } = await open()
    await config.set({ parameters: { '/app/marked': `${canary}-2`, '/app/mixed/hidden': `${canary}-2` } })
    await config.set({ parameters: { '/app/stored': { type: 'SecureString', value: `${canary}-3` } } })
    const shown = [await html(), JSON.stringify(await report())]

    expect(shown.join()).not.toContain('canary')
    const { keys } = await report()
    expect(keys.find(({ key }) => key === 'mixed.shown')).not.toHaveProperty('value')
    expect(keys.filter(({ isSensitive }) => isSensitive).map(({ key }) => key)).toEqual([
      'login',
      'marked',
      'mixed.hidden',
      'stored',
    ])
  })

  it('contains no hidden value, in the keys or in the changes', async () => {
    const { report, config, html } = await open({
      hide: (key) => (key === 'host' ? true : key === 'limits.a' && fail()),
    })
    await config.set({ parameters: { '/app/host': 'db-canary', '/app/limits/a': '12345', '/app/limits/b': '67890' } })
    const shown = `${JSON.stringify(await report())}${await html()}`

    expect(shown).not.toContain('db-canary')
    expect(shown).not.toContain('12345')
    expect(shown).toContain('67890')
  })
})

describe('the last changes', () => {
  it('are diffs, the latest first', async () => {
    const { report, config } = await open()
    await config.set({ values: { host: 'a' } })
    await config.set({ values: { host: 'b', limits: { x: 1 } } })
    await config.set({ parameters: { '/app/limits/x': undefined } })

    expect((await report()).changes).toMatchObject([
      { revision: 4, cause: 'refresh', keys: [{ key: 'limits.x', kind: 'removed', before: '1' }] },
      {
        revision: 3,
        keys: [
          { key: 'host', before: 'a', after: 'b' },
          { key: 'limits.x', kind: 'added', after: '1' },
        ],
      },
      { revision: 2, keys: [{ key: 'host', after: 'a' }] },
    ])
  })

  it('are at most 20, with at most 50 keys each', async () => {
    const { report, config } = await open()
    for (let revision = 2; revision <= 25; revision++) await config.set({ values: { host: `${revision}` } })
    const limits = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`key${index}`, index]))
    await config.set({ values: { limits } })
    const { changes } = await report()

    expect(changes).toHaveLength(20)
    expect(changes[0]).toMatchObject({ revision: 26, omitted: 10 })
    expect(changes.at(-1)?.revision).toBe(7)
  })

  it('lose the values of a key that becomes sensitive', async () => {
    const { report, config, html } = await open()
    await config.set({ parameters: { '/app/host': 'was-plain' } })
    await config.set({ parameters: { '/app/host': 'was-plain-2' } })
    expect(JSON.stringify(await report())).toContain('was-plain')
    await config.set({ parameters: { '/app/host': { type: 'SecureString', value: 'was-plain-2' } } })
    expect(`${JSON.stringify(await report())}${await html()}`).not.toContain('was-plain')

    await config.set({ parameters: { '/app/host': 'plain again' } })
    const { changes } = await report()
    expect(changes[0]?.keys).toMatchObject([{ key: 'host', isSensitive: true }])
    expect(JSON.stringify(changes)).not.toContain('plain')
  })
})

describe('a resource', () => {
  it('is counted, and reported as out of date when it could not be created again', async () => {
    const { config, html } = await open()
    let isFailing = false
    await config.resource(
      ({ host }) => host,
      (host) => {
        if (isFailing) throw new Error(canary)
        return host
      },
    )
    expect(await html()).toMatch(/<dt>Resources<\/dt><dd>1<\/dd>/)

    isFailing = true
    await config.set({ parameters: { '/app/host': 'another' } })
    const page = await html()
    expect(page).toContain('0 of 1 up to date')
    expect(page).toContain('A resource could not be created from it')
    expect(page).not.toContain(canary)
    await config.close()
  })
})

function fail(): never {
  throw new Error('no')
}
