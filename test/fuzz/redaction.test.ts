import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { statusDocument } from '../../src/express/status-page/page.ts'
import { Reporter } from '../../src/express/status-page/report.ts'
import { isConfigError, json, loadConfig, redacted, secret, sensitive } from '../../src/index.ts'
import { createTestConfig, memorySource } from '../../src/testing/index.ts'
import { Printed } from '../support/printed.ts'
import { runs } from '../support/suite.ts'

const canary = 'hunter2canary'

/** A schema and what is stored for it below a path. */
interface Sample {
  readonly schema: z.ZodType
  readonly stored: readonly { readonly segments: readonly string[]; readonly text: string }[]
  readonly isObject: boolean
}

const key = fc.constantFrom('a', 'b', 'c', 'kind', 'toJSON')

const leaf = (schema: z.ZodType, text = canary): Sample => ({
  schema,
  stored: [{ segments: [], text }],
  isObject: false,
})

const swap = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return { made: [value] }
  const values = Object.values(value)
  return Object.fromEntries(Object.keys(value).map((name, index) => [name, values.at(index - 1)]))
}

const anyLeaf: fc.Arbitrary<Sample> = fc.constantFrom(
  leaf(z.string()),
  leaf(sensitive(z.string())),
  leaf(z.string().optional()),
  leaf(z.string().default('other')),
  leaf(z.string().transform(swap)),
  leaf(z.string().transform((text) => `made of ${text}`)),
  leaf(z.string().transform((text) => new Map([[text, text]]))),
  leaf(z.string().refine(() => false, { error: ({ input }) => `not ${input}` })),
  leaf(z.array(z.string()), `["${canary}"]`),
  leaf(json(z.object({ inner: z.string() })), `{"inner":"${canary}"}`),
  leaf(z.codec(z.string(), z.object({ of: z.string() }), { decode: (of) => ({ of }), encode: ({ of }) => of })),
  leaf(z.literal('other').catch('other')),
  leaf(z.number()),
)

const { object } = fc.letrec<{ node: Sample; object: Sample }>((tie) => ({
  node: fc.oneof({ depthSize: 'small', withCrossShrink: true }, anyLeaf, anyLeaf, tie('object')),
  object: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.dictionary(key, tie('node'), { minKeys: 1, maxKeys: 4 }).map(asObject),
    fc.dictionary(key, tie('node'), { minKeys: 1, maxKeys: 3 }).map(asObject),
    fc.dictionary(key, fc.constant(leaf(z.string())), { minKeys: 1, maxKeys: 3 }).map((parts) => ({
      ...asObject(parts),
      schema: z.record(z.string(), z.string()),
    })),
    fc.tuple(wrapper(), tie('object')).map(([wrap, sample]) => ({ ...sample, schema: wrap(sample.schema) })),
    fc.tuple(combiner(), tie('object'), tie('object')).map(([combine, left, right]) => ({
      schema: combine(left.schema, right.schema),
      stored: [...left.stored, ...right.stored],
      isObject: true,
    })),
  ),
}))

function wrapper(): fc.Arbitrary<(schema: z.ZodType) => z.ZodType> {
  return fc.constantFrom<((schema: z.ZodType) => z.ZodType)[]>(
    (schema) => schema.transform(swap),
    (schema) => schema.transform((value) => JSON.stringify(swap(value))),
    (schema) => schema.transform((value) => [value]),
    (schema) => schema.optional(),
    (schema) => schema.readonly(),
    (schema) => schema.catch((context: { value: unknown }) => swap(context.value)),
    (schema) => z.lazy(() => schema),
    (schema) => z.codec(schema, z.unknown(), { decode: swap, encode: (value) => value }),
    (schema) => schema.refine(() => false, { error: ({ input }) => `not ${JSON.stringify(input)}` }),
    (schema) => z.object({ deep: schema }).or(schema),
  )
}

function combiner(): fc.Arbitrary<(left: z.ZodType, right: z.ZodType) => z.ZodType> {
  const refused = z.object({ a: z.literal('no one stores this') })
  return fc.constantFrom<((left: z.ZodType, right: z.ZodType) => z.ZodType)[]>(
    (left, right) => z.union([left, right]),
    (left, right) => z.union([left.transform(swap), right]),
    (left, right) => z.union([refused, left, right.transform(swap)]),
    (left, right) => z.intersection(left, right),
    (left, right) => z.intersection(left, z.union([refused, right.transform(swap)])),
    (left, right) =>
      z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('no'), left }),
        z.object({ kind: z.string().transform(() => 'yes') as never, left: right }).loose(),
      ]),
  )
}

function asObject(parts: Readonly<Record<string, Sample>>): Sample {
  const entries = Object.entries(parts)
  return {
    schema: z.object(Object.fromEntries(entries.map(([name, { schema }]) => [name, schema]))),
    stored: entries.flatMap(([name, { stored }]) =>
      stored.map(({ segments, text }) => ({ segments: [name, ...segments], text })),
    ),
    isObject: true,
  }
}

describe('for a random schema with random secrets', () => {
  it('shows no secret in printed, serialised, thrown, emitted or served text', { timeout: 60_000 }, async () => {
    const seen = { loaded: 0, refused: 0, changed: 0 }
    await fc.assert(
      fc.asyncProperty(object, fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }), async (sample, secure) => {
        const printed = new Printed()
        const schema = z.object({ whole: sample.schema, own: secret('own', z.string()) })
        const parameters = Object.fromEntries(
          sample.stored.map(({ segments, text }, index) => [
            ['/app/whole', ...segments].join('/'),
            // A parameter that is not secret has another text.
            secure[index % secure.length] === true
              ? ({ type: 'SecureString', value: text } as const)
              : text.replaceAll(canary, 'plain'),
          ]),
        )
        await printEverything(schema, { parameters, secrets: { own: canary } }, printed, seen)
        expect(printed.of(canary)).toEqual([])
      }),
      { numRuns: Math.max(100, runs(400)) },
    )
    // It tried what it is about.
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(Math.max(10, runs(30)))
  })
})

type Contents = Parameters<typeof memorySource>[0] & {}

async function printEverything(
  schema: z.ZodType,
  contents: Contents,
  printed: Printed,
  seen: Record<'loaded' | 'refused' | 'changed', number>,
): Promise<void> {
  const options = { schema, path: '/app', logger: printed.console }
  // What two branches of a random schema have in common may not go together.
  const error: unknown = await loadConfig({ ...options, source: memorySource(contents), random: () => 0 }).then(
    (config) => config.close(),
    (reason: unknown) => reason,
  )
  if (error !== undefined) {
    expect(isConfigError(error)).toBe(true)
    printed.everythingIn(error)
    seen.refused++
    return
  }
  seen.loaded++
  await using live = await createTestConfig(options, contents as never)
  const reporter = new Reporter(live, 'shop')
  live.on('change', (event) => {
    printed.everythingAbout(event)
    seen.changed++
  })
  for (const event of ['rejected', 'stale', 'error', 'warning'] as const) {
    live.on(event, (payload) => printed.everythingAbout(payload))
  }
  for (const [name, stored] of Object.entries(contents.parameters ?? {}).slice(0, 3)) {
    if (typeof stored === 'string') continue
    const next = { [name]: { ...stored, value: stored.value.replaceAll(canary, `${canary}2`) } }
    await live.set({ parameters: next }).catch((reason: unknown) => printed.everythingIn(reason))
  }
  printed.everythingAbout(live)
  printed.everythingAbout(live.current)
  printed.everythingAbout(live.pin())
  printed.everythingAbout(redacted({ list: [live.current, live.pin()] }))
  for (const shown of [live.status(), live.health(), live.explain(), live.pin().keys]) printed.everythingIn(shown)
  const report = reporter.report()
  printed.console.log(JSON.stringify(report), statusDocument(report, './'))
}
