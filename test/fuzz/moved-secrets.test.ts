import express from 'express'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { expressConfig } from '../../src/express/index.ts'
import { defineConfig, isConfigError, redacted } from '../../src/index.ts'
import { openTelemetry } from '../../src/otel/index.ts'
import { createTestConfig, type TestConfig } from '../../src/testing/index.ts'
import { arbitrarySecrets, canary, type SecretSample } from '../support/arbitrary-secrets.ts'
import { startOpenTelemetry } from '../support/otel.ts'
import { Printed } from '../support/printed.ts'
import { serve } from '../support/serve.ts'
import { isWholeSuite } from '../support/suite.ts'

const runs = isWholeSuite ? 120 : 30

it('shows no secret that a random schema marks, moves or has as a default', { timeout: 60_000 }, async () => {
  const counts = { loaded: 0, refused: 0, undefinable: 0 }
  const exported = startOpenTelemetry()
  const page = await startPage()
  await fc.assert(
    fc.asyncProperty(arbitrarySecrets, async (sample) => {
      const printed = new Printed()
      const outcome = await printLife(sample, { printed, page })
      counts[outcome]++
      expect(printed.of(canary)).toEqual([])
    }),
    { numRuns: runs },
  )
  const traced = new Printed()
  traced.everythingAbout(await exported.everything())
  expect(traced.of(canary)).toEqual([])
  // The property says little where most schemas are not loaded at all.
  expect(counts.loaded).toBeGreaterThan(runs / 3)
})

interface Places {
  readonly printed: Printed
  readonly page: Page
}

/** Prints what there is to print of a config that is loaded, changed, refused and cut off. */
async function printLife(
  sample: SecretSample,
  { printed, page }: Places,
): Promise<'loaded' | 'refused' | 'undefinable'> {
  const options = { schema: sample.schema, path: '/app', logger: printed.console, telemetry: openTelemetry() }
  const contents = contentsOf(sample, (text) => text)
  const config = await createTestConfig(options, contents).catch((error: unknown) => error)
  if (!isTestConfig(config)) {
    printed.everythingAbout(config)
    return isConfigError(config) && config.code === 'LOAD_FAILED' ? 'refused' : 'undefinable'
  }
  await using _ = config
  page.show(config)
  for (const event of ['change', 'unchanged', 'rejected', 'stale', 'error', 'recovered', 'warning'] as const) {
    config.on(event, (payload) => printed.everythingAbout([payload, redacted(payload)]))
  }
  const steps = [
    () => config.refresh(),
    () => config.set(contentsOf(sample, (text) => text.replace(canary, `${canary}changed`))),
    () => config.set(contentsOf(sample, () => undefined)),
    () => config.fail() && config.refresh(),
  ]
  for (const step of steps) {
    printed.everythingAbout(await step().catch((error: unknown) => error))
    printed.everythingAbout([config, config.pin(), config.status(), config.health(), config.explain()])
    printed.everythingAbout(plain(redacted({ snapshot: config.pin() })))
    if (isPlain(config.current))
      printed.everythingAbout({ current: config.current, redacted: redacted(config.current) })
    printed.everythingIn({ ...config.pin() })
    printed.console.log(await page.read())
  }
  printed.everythingAbout(defineConfig(options))
  return 'loaded'
}

// What a logger that copies would make of it.
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

// A text, a Map or an object with a class cannot redact itself.
function isPlain(value: unknown): boolean {
  return Array.isArray(value) || Object.getPrototypeOf(Object(value)) === Object.prototype
}

function isTestConfig(value: unknown): value is TestConfig<SecretSample['schema']> {
  return typeof value === 'object' && value !== null && 'store' in value
}

function contentsOf({ stored, secrets }: SecretSample, change: (text: string) => string | undefined) {
  const parameters = [...stored].map(([name, parameter]) => {
    const { value, ...rest } = typeof parameter === 'string' ? { value: parameter } : parameter
    const text = change(String(value))
    return [`/app/${name}`, text === undefined ? undefined : { ...rest, value: text }] as const
  })
  const texts = [...secrets].map(([id, text]) => [id, change(text)] as const)
  return { parameters: Object.fromEntries(parameters), secrets: Object.fromEntries(texts) }
}

interface Page {
  show(config: TestConfig<SecretSample['schema']>): void
  read(): Promise<string>
}

/** A server whose status page is that of the config that is shown. */
async function startPage(): Promise<Page> {
  let handler: express.RequestHandler = (_request, response) => void response.sendStatus(404)
  const url = await serve(express().use((request, response, next) => handler(request, response, next)))
  const get = async (path: string) => (await fetch(`${url}${path}`)).text()
  return {
    show(config) {
      handler = expressConfig(config).statusPage()
    },
    read: async () => `${await get('/')}${await get('/status.json')}`,
  }
}
