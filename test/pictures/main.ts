import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { SQSClient } from '@aws-sdk/client-sqs'
import express from 'express'
import { defineConfig, type LiveConfig, loadConfig, secret } from 'liveparam'
import { expressConfig } from 'liveparam/express'
import { type LocalAws, startLocalAws } from 'liveparam/local'
import { sqsNotifications } from 'liveparam/sqs'
import type { Browser } from 'playwright-core'
import * as z from 'zod'
import { startChromium } from '../support/browser.ts'
import { root } from '../support/entry-points.ts'
import { terminalPicture } from './terminal.ts'

// Makes the pictures of the documentation: the status page of a service in Chromium, and the command line.
// npm run pictures, or npm run pictures -- folder
const [out = join(root, 'docs/pictures')] = process.argv.slice(2)

const aws = await startLocalAws()
Object.assign(process.env, aws.environment, {
  NODE_ENV: 'development',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
})
mkdirSync(out, { recursive: true })
fillStore(aws)
await photographPages()
await photographCheck()
await aws.close()

async function photographPages(): Promise<void> {
  const queue = aws.queues.create('config-changes')
  aws.events.route({ source: ['aws.ssm', 'aws.secretsmanager'] }, queue.arn)
  const client = new SQSClient({})
  const notifications = sqsNotifications({ queueUrl: queue.url, client })
  const config = await loadConfig({ ...shop(), notifications, logger: false })
  await config.resource(
    ({ db }) => db,
    ({ host }) => ({ host }),
    { name: 'database pool' },
  )
  const app = express().use('/', expressConfig(config).statusPage({ title: 'Shop' }))
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`

  await changeTwice(config)
  await photograph(url, 'status-page', { width: 1180, height: 780 })
  const rejected = next(config, 'rejected')
  aws.parameters.put({ name: '/shop/prod/taxPercent', value: '190' })
  await rejected
  await photograph(url, 'status-page-phone', { width: 390, height: 800 })

  server.close()
  await config.close()
  client.destroy()
}

function shop() {
  return defineConfig({
    path: ['/shared', '/shop/prod'],
    schema: z.object({
      db: z.object({
        host: z.string(),
        port: z.number().default(5432),
        poolSize: z.int(),
        login: secret('prod/db', z.object({ username: z.string(), password: z.string() })),
      }),
      allowedOrigins: z.array(z.url()),
      checkoutEnabled: z.boolean(),
      logLevel: z.enum(['debug', 'info', 'warn']),
      taxPercent: z.number().min(0).max(30),
    }),
  })
}

function fillStore({ parameters, secrets }: LocalAws): void {
  const stored = {
    '/shared/logLevel': 'info',
    '/shop/prod/db/host': 'db.internal',
    '/shop/prod/db/poolSize': '20',
    '/shop/prod/checkoutEnabled': 'true',
    '/shop/prod/taxPercent': '19',
  }
  for (const [name, value] of Object.entries(stored)) parameters.put({ name, value })
  const origins = 'https://shop.example,https://admin.example'
  parameters.put({ name: '/shared/allowedOrigins', value: origins, type: 'StringList' })
  secrets.create({ name: 'prod/db', value: JSON.stringify({ username: 'shop', password: 'correct horse' }) })
}

async function changeTwice(config: LiveConfig<unknown>): Promise<void> {
  for (const act of [
    () => {
      aws.parameters.put({ name: '/shop/prod/db/poolSize', value: '40' })
      aws.parameters.put({ name: '/shop/prod/logLevel', value: 'warn' })
    },
    () => aws.secrets.put({ id: 'prod/db', value: JSON.stringify({ username: 'shop', password: 'battery staple' }) }),
  ]) {
    const changed = next(config, 'change')
    act()
    await changed
  }
}

function next(config: LiveConfig<unknown>, event: 'change' | 'rejected'): Promise<void> {
  return new Promise((resolve) => {
    const listener = config.on(event, () => {
      listener[Symbol.dispose]()
      resolve()
    })
  })
}

async function photograph(
  url: string,
  name: string,
  viewport: { readonly width: number; readonly height: number },
): Promise<void> {
  const browser = await startChromium()
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await browser.newPage({ viewport, colorScheme })
    await page.goto(url)
    writeFileSync(join(out, `${name}-${colorScheme}.webp`), await asWebp(browser, await page.screenshot()))
  }
  await browser.close()
}

/** A picture as WebP has a third of the bytes. */
async function asWebp(browser: Browser, png: Buffer): Promise<Buffer> {
  const page = await browser.newPage()
  const url: string = await page.evaluate(`(async () => {
    const image = new Image()
    image.src = 'data:image/png;base64,${png.toString('base64')}'
    await image.decode()
    const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height })
    canvas.getContext('2d').drawImage(image, 0, 0)
    return canvas.toDataURL('image/webp', 0.85)
  })()`)
  return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64')
}

/** Runs `liveparam check` as on a terminal, in a project whose store has three mistakes. */
async function photographCheck(): Promise<void> {
  aws.parameters.delete('/shop/prod/db/host')
  aws.parameters.put({ name: '/shop/prod/db/hosst', value: 'db.internal' })
  aws.parameters.put({ name: '/shop/prod/checkoutEnabled', value: 'yes' })
  aws.parameters.delete('/shop/prod/taxPercent')
  const project = mkdtempSync(join(tmpdir(), 'liveparam-pictures-'))
  mkdirSync(join(project, 'node_modules'))
  symlinkSync(root, join(project, 'node_modules/liveparam'), 'dir')
  symlinkSync(join(root, 'node_modules/zod'), join(project, 'node_modules/zod'), 'dir')
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
  writeFileSync(
    join(project, 'config.mjs'),
    `import { defineConfig, secret } from 'liveparam'
     import * as z from 'zod'
     export const definition = defineConfig({
       path: '/shop/prod',
       schema: z.object({
         db: z.object({
           host: z.string(),
           port: z.number().default(5432),
           poolSize: z.int(),
           login: secret('prod/db', z.object({ username: z.string(), password: z.string() })),
         }),
         logLevel: z.enum(['debug', 'info', 'warn']),
         checkoutEnabled: z.boolean(),
       }),
     })`,
  )
  const command = `stty cols 112 rows 60; exec '${process.execPath}' '${join(root, 'dist/cli/main.js')}' check`
  const env = { ...process.env, TERM: 'xterm-256color' }
  // It ends with 1, because a start would fail.
  const { stdout } = await promisify(execFile)('script', ['-qc', command, '/dev/null'], { cwd: project, env })
  rmSync(project, { recursive: true })
  // On AWS, no endpoint is named.
  const shown = stdout.replace(/, credentials from environment variables, endpoint\s+\S+/, '')
  writeFileSync(join(out, 'check.svg'), terminalPicture('liveparam check', `$ npx liveparam check\n${shown}`))
}
