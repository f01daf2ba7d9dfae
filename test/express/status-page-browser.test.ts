import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { beforeAll, expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { expressConfig } from '../../src/express/index.ts'
import { secret } from '../../src/index.ts'
import { createTestConfig, type TestConfig } from '../../src/testing/index.ts'
import { describeWithChromium } from '../support/chromium.ts'
import { serve } from '../support/serve.ts'
import { isWholeSuite } from '../support/suite.ts'

const canary = 'hunter2-canary'
const focused = 'document.activeElement.id'
const schema = z.object({
  db: z.object({ host: z.string(), port: z.number().default(5432) }),
  greeting: z.string(),
  login: secret('login', z.string()),
  limits: z.record(z.string(), z.number()),
})

interface Opened {
  readonly page: Page
  readonly config: TestConfig<typeof schema>
  /** Console messages, page errors and requests to other URLs. */
  readonly complaints: readonly string[]
}

describeWithChromium('the status page in Chromium', (start) => {
  let browser: Browser

  beforeAll(async () => {
    browser = await start()
    return () => browser.close()
  })

  async function open(options: BrowserContextOptions = {}): Promise<Opened> {
    const config = await load()
    const url = await serve(express().use('/_config', expressConfig(config).statusPage({ title: 'Shop' })))
    return { config, ...(await visit(browser, `${url}/_config`, options)) }
  }

  it('shows the configuration without requests elsewhere or violations of its policy', async () => {
    const { page, complaints } = await open()

    expect(await page.title()).toBe('ready · Shop')
    expect(await page.locator('.state').textContent()).toBe('ready')
    expect(await row(page, 'db.host').textContent()).toMatch(
      /<img src=x onerror=alert\(1\)>.*\/app\/db\/host.*overrides \/shared\/db\/host/,
    )
    expect(await row(page, 'db.port').textContent()).toContain('not stored')
    expect(await row(page, 'login').textContent()).toMatch(/secret\[redacted\]secret login/)
    expect(await page.locator('#found').textContent()).toBe('15')
    expect(complaints).toEqual([])
  })

  it('shows a change, and keeps the search, selection, focus and scroll position', async () => {
    const { page, config, complaints } = await open({ viewport: { width: 800, height: 500 } })
    await page.keyboard.press('/')
    await page.keyboard.type('limits.key')
    await page.mouse.wheel(0, 400)
    await expect.poll(() => page.evaluate('scrollY')).toBeGreaterThan(100)
    await page.evaluate(`getSelection().selectAllChildren(document.querySelector('tr[data-key="limits.key2"] code'))`)
    await config.set({ values: { greeting: 'changed', limits: { key3: 333 } } })

    await page.clock.runFor(3_000)
    await expect.poll(() => row(page, 'limits.key3').textContent()).toContain('333')
    expect(await page.locator('#changes del').allTextContents()).toEqual(['hello', '3'])
    expect(await page.locator('#changes ins').allTextContents()).toEqual(['changed', '333'])
    expect(await page.locator('#spoken').textContent()).toBe('ready, revision 2')
    expect(await page.inputValue('#search')).toBe('limits.key')
    expect(await row(page, 'greeting').isVisible()).toBe(false)
    expect(await page.evaluate('String(getSelection())')).toBe('limits.key2')
    expect(await page.evaluate(focused)).toBe('search')
    expect(await page.evaluate('scrollY')).toBeGreaterThan(100)
    expect(complaints).toEqual([])
  })

  it.runIf(isWholeSuite)('shows three changes, and keeps the older ones folded until they are opened', async () => {
    const { page, config } = await open({ viewport: { width: 360, height: 740 } })
    const older = page.locator('#changes .older')
    await change(config, 3)
    await page.clock.runFor(3_000)
    await expect.poll(() => shownChanges(page)).toEqual(revisions(4, 3, 2))
    expect(await older.count()).toBe(0)
    await change(config, 3)
    await page.clock.runFor(3_000)
    await expect.poll(() => older.locator('> summary').textContent()).toBe('3 older changes')
    expect(await shownChanges(page)).toEqual(revisions(7, 6, 5))

    await page.locator('#changes > .changes > li:last-child > details > summary').focus()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    expect(await shownChanges(page)).toEqual(revisions(7, 6, 5, 4, 3, 2))
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360)
    await change(config, 1)
    await page.clock.runFor(3_000)
    await expect.poll(() => shownChanges(page)).toEqual(revisions(8, 7, 6, 5, 4, 3, 2))
    expect(await page.evaluate('document.activeElement.parentElement.className')).toBe('older')

    await page.locator('#search').fill('limits.key1 nowhere')
    expect(await older.isVisible()).toBe(false)
  })

  it.runIf(isWholeSuite)('refreshes on a click of its button, and shows the outcome', async () => {
    const { page, config, complaints } = await open({ viewport: { width: 360, height: 740 } })
    const outcome = page.locator('#refreshed')
    config.store.put('/app/greeting', 'refreshed')
    await page.locator('#refresh').click()
    await expect.poll(() => outcome.textContent()).toBe('The configuration has changed.')
    await expect.poll(() => row(page, 'greeting').textContent()).toContain('refreshed')

    await page.locator('#refresh').focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => outcome.textContent()).toBe('The configuration has not changed.')
    config.fail()
    await expect.poll(() => page.locator('#refresh').isEnabled()).toBe(true)
    await page.locator('#refresh').click()
    const reason = '/shared [UNREACHABLE], and 2 more problems: the last error says what to do.'
    await expect.poll(() => outcome.textContent()).toBe(`The refresh failed: ${reason}`)
    await expect.poll(() => page.locator('.state').textContent()).toBe('stale')
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360)
    expect(complaints).toEqual([])
  })

  it.runIf(isWholeSuite)('does not refresh for a page of another site', async () => {
    const { page, config } = await open()
    const url = page.url()
    const elsewhere = await serve((_, response) => response.setHeader('content-type', 'text/html').end('<p>elsewhere'))
    await page.goto(elsewhere.replace('127.0.0.1', 'localhost'))
    config.store.put('/app/greeting', 'refreshed')
    const withHeader = "{ method: 'POST', headers: { 'x-liveparam': 'refresh' } }"
    const simple = "{ method: 'POST', mode: 'no-cors' }"
    for (const options of [withHeader, simple]) {
      await page.evaluate(`fetch('${url}/refresh', ${options}).catch(() => undefined)`)
    }

    expect(config.current.greeting).toBe('hello')
  })

  it.runIf(isWholeSuite)('is searchable by keyboard', async () => {
    const { page } = await open()
    await page.keyboard.press('/')
    expect(await page.evaluate(focused)).toBe('search')
    await page.keyboard.type('SHARED db')
    expect(await page.locator('#keys tbody tr:visible').count()).toBe(2)
    expect(await page.locator('#found').textContent()).toBe('2 of 15')
    await page.keyboard.type(' nowhere')
    expect(await page.locator('#nothing').isVisible()).toBe(true)
    await page.keyboard.press('Escape')
    expect([await page.inputValue('#search'), await page.evaluate(focused)]).toEqual(['', 'search'])
    await page.keyboard.press('Escape')
    expect(await page.evaluate(focused)).toBe('')
    expect(await page.locator('#keys tbody tr:visible').count()).toBe(15)
    await page.keyboard.press('/')
    await page.keyboard.press('/')
    expect(await page.inputValue('#search')).toBe('/')
  })

  it('contains no secret after a change and a failure', async () => {
    const { page, config } = await open()
    await config.set({ secrets: { login: `${canary}-2` } })
    config.fail()
    await config.refresh().catch(() => undefined)
    await page.clock.runFor(3_000)
    await expect.poll(() => page.locator('.state').textContent()).toBe('stale')

    expect(await page.locator('#summary').textContent()).toContain('the store cannot be read')
    expect(await page.content()).not.toContain('canary')
    expect(await page.locator('#changes').textContent()).toContain('secret: its values are not shown')
  })

  it.runIf(isWholeSuite)('reports lost contact, and recovers', async () => {
    const config = await load()
    const app = express().use('/_config', expressConfig(config).statusPage())
    const service = await startOn(app, 0)
    const { page } = await visit(browser, `http://127.0.0.1:${service.port}/_config`)
    await service.stop()
    await page.clock.runFor(3_000)
    await expect.poll(() => page.locator('#contact').textContent()).toMatch(/^No contact since .*does not answer/)
    expect(await page.locator('#contact').isVisible()).toBe(true)
    const again = await startOn(app, service.port)
    onTestFinished(() => again.stop())
    await page.clock.runFor(3_000)
    await expect.poll(() => page.locator('#contact').isVisible()).toBe(false)
  })

  it.runIf(isWholeSuite)('makes no requests while it is hidden', async () => {
    const { page } = await open()
    let requests = 0
    page.on('response', () => requests++)
    await page.clock.runFor(3_000)
    await expect.poll(() => requests).toBe(1)
    await page.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    await page.clock.runFor(60_000)
    expect(requests).toBe(1)

    await page.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
    await expect.poll(() => requests).toBe(2)
  })

  it.runIf(isWholeSuite)('works without JavaScript', async () => {
    const { page } = await open({ javaScriptEnabled: false })
    expect(await row(page, 'greeting').textContent()).toContain('hello')
    expect(await page.locator('#search').isVisible()).toBe(false)
    expect(await page.locator('#refresh').isVisible()).toBe(false)
  })

  it.each(['light', 'dark'] as const)('fits a phone, %s', async (colorScheme) => {
    const { page } = await open({ viewport: { width: 360, height: 740 }, colorScheme })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360)
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe(
      colorScheme === 'dark' ? 'rgb(20, 23, 28)' : 'rgb(246, 247, 249)',
    )
    expect(await page.evaluate(`document.querySelector('#keys').scrollWidth`)).toBeLessThanOrEqual(360)
  })
})

function load(): Promise<TestConfig<typeof schema>> {
  const limits = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`key${index}`, index]))
  return createTestConfig(
    { path: ['/shared', '/app'], schema },
    {
      values: { db: { host: '<img src=x onerror=alert(1)>' }, greeting: 'hello', login: canary, limits },
      parameters: { '/shared/db/host': 'shared' },
    },
  )
}

async function change(config: TestConfig<typeof schema>, times: number): Promise<void> {
  for (let count = 0; count < times; count++) {
    await config.set({ values: { limits: { key1: 100 + (config.status().revision ?? 0) } } })
  }
}

function shownChanges(page: Page): Promise<string[]> {
  return page.locator('#changes b:visible').allTextContents()
}

function revisions(...numbers: readonly number[]): string[] {
  return numbers.map((number) => `Revision ${number}`)
}

async function visit(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Omit<Opened, 'config'>> {
  const context = await browser.newContext(options)
  onTestFinished(() => context.close())
  const page = await context.newPage()
  // The tests advance the clock of the page instead of waiting 3 s.
  await page.clock.install()
  const complaints: string[] = []
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith('data:')) complaints.push(request.url())
  })
  await page.goto(url)
  return { page, complaints }
}

function row(page: Page, key: string) {
  return page.locator(`#keys tr[data-key="${key}"]`)
}

async function startOn(listener: RequestListener, at: number) {
  const server = createServer(listener).listen(at, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    async stop() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
