import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { extname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { describeWithChromium } from '../support/chromium.ts'
import { serve } from '../support/serve.ts'
import { isWholeSuite } from '../support/suite.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const install = 'npm install --prefix docs'

if (existsSync(join(root, 'docs/node_modules/vitepress'))) {
  describe('the site of the docs', () => {
    let site = ''

    beforeAll(() => {
      site = mkdtempSync(join(tmpdir(), 'liveparam-site-'))
      const { status, stderr } = spawnSync(process.execPath, [join(root, 'docs/site.mjs'), site], { encoding: 'utf8' })
      // VitePress itself refuses links to pages that do not exist.
      expect(status, stderr).toBe(0)
      return () => rmSync(site, { recursive: true })
    }, 120_000)

    it('has every page of docs, and the README first', () => {
      const pages = readdirSync(join(root, 'docs')).filter((file) => file.endsWith('.md'))
      const built = filesIn(site)

      expect(pages.filter((file) => !built.includes(file.replace('.md', '.html')))).toEqual([])
      expect(readFileSync(join(site, 'index.html'), 'utf8')).toContain('checkoutEnabled')
    })

    it('leads from the README to every page', () => {
      const reached = new Set<string>()
      const open = ['index.html']
      for (let page = open.pop(); page !== undefined; page = open.pop()) {
        if (reached.has(page) || !page.endsWith('.html')) continue
        reached.add(page)
        open.push(...linksOf(site, page).map((link) => link.page))
      }

      expect(pagesIn(site).filter((page) => !reached.has(page))).toEqual(['404.html'])
    })

    it('has no link to a page, heading or picture that does not exist', () => {
      const built = new Set(filesIn(site))
      const anchors = new Map(pagesIn(site).map((page) => [page, anchorsOf(site, page)]))
      const links = pagesIn(site).flatMap((page) => linksOf(site, page))
      const broken = links.filter(
        ({ page, anchor }) => !built.has(page) || (anchor !== '' && anchors.get(page)?.has(anchor) === false),
      )

      expect(links.length).toBeGreaterThan(1_000)
      expect(broken).toEqual([])
    })

    describeWithChromium('in a browser', (start) => {
      it('finds a page by a word of its text', async () => {
        const at = await serveSite(site)
        const browser = await start()
        try {
          const page = await browser.newPage()
          await page.goto(`${at}/`)
          await page.getByRole('button', { name: 'Search' }).first().click()
          await page.getByRole('searchbox').fill('retryOnAuthError')
          await page
            .getByRole('option', { name: /Rotation/ })
            .first()
            .click()

          // The address changes before the page does.
          await page.getByRole('heading', { level: 1, name: /Rotation/ }).waitFor()
          expect(page.url()).toMatch(/\/rotation/)
        } finally {
          await browser.close()
        }
      })

      it.runIf(isWholeSuite)('scrolls nothing but code sideways on a phone', async () => {
        const at = await serveSite(site)
        const browser = await start()
        try {
          const page = await browser.newPage({ viewport: { width: 390, height: 844 } })
          const wide: string[] = []
          for (const file of pagesIn(site)) {
            await page.goto(`${at}/${file}`)
            const found: string[] = await page.evaluate(`[...document.querySelectorAll('html, .vp-doc table')]
              .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
              .map(({ nodeName, innerText }) => nodeName + ' ' + innerText.slice(0, 60))`)
            wide.push(...found.map((text) => `${file}: ${text}`))
          }

          expect(wide).toEqual([])
        } finally {
          await browser.close()
        }
      })
    })
  })
} else if (process.env.LIVEPARAM_REQUIRE_ALL === '1') {
  it('the site of the docs can be built', () => Promise.reject(new Error(`not without: ${install}`)))
} else {
  it.skip(`the site of the docs is built, which takes: ${install}`, () => undefined)
}

function serveSite(site: string): Promise<string> {
  return serve((request, response) => {
    const path = join(site, posix.normalize(decodeURI(request.url?.split('?')[0] ?? '/')))
    const file = path.endsWith('/') ? `${path}index.html` : path
    if (!existsSync(file)) return void response.writeHead(404).end()
    response.writeHead(200, { 'content-type': types[extname(file)] ?? 'text/plain' }).end(readFileSync(file))
  })
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
}

function filesIn(site: string): string[] {
  return readdirSync(site, { recursive: true, encoding: 'utf8' })
}

function pagesIn(site: string): string[] {
  return filesIn(site).filter((file) => file.endsWith('.html'))
}

function linksOf(site: string, from: string): { from: string; page: string; anchor: string }[] {
  const html = readFileSync(join(site, from), 'utf8')
  const targets = [...html.matchAll(/<(?:a|img|source)\s[^>]*?(?:href|src|srcset)="([^"]+)"/g)].map(
    ([, target = '']) => target,
  )
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = '', anchor = ''] = decodeURI(target.replaceAll('&amp;', '&')).split('#')
      const page =
        path === '' ? from : posix.join(path.startsWith('/') ? '' : posix.dirname(from), path.replace(/^\//, ''))
      return { from, page: page === '' || page === '.' ? 'index.html' : page, anchor }
    })
}

function anchorsOf(site: string, page: string): Set<string> {
  const html = readFileSync(join(site, page), 'utf8')
  return new Set([...html.matchAll(/\sid="([^"]+)"/g)].map(([, id = '']) => id))
}
