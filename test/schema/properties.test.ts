import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { isLoadError, json, loadConfig, type ProblemCode } from '../../src/index.ts'
import { buildPlan } from '../../src/schema/build-plan.ts'
import { planRequest } from '../../src/schema/read-request.ts'
import { memorySource } from '../../src/testing/memory-source.ts'
import type { MemoryParameter } from '../../src/testing/memory-store.ts'
import { arbitraryKey, arbitrarySample, type Sample, type StoredLeaf } from '../support/arbitrary-config.ts'
import { at, localAws } from '../support/aws.ts'
import { ssmClient } from '../support/sources.ts'
import { parts, runs } from '../support/suite.ts'

const path = ['/shared', '/app']

describe('for any schema', () => {
  it.each(parts(200))('reads a value that is stored in two layers unchanged: $numRuns runs', async ({ numRuns }) => {
    await fc.assert(
      fc.asyncProperty(fc.gen(), arbitrarySample, async (pick, sample) => {
        const parameters = inLayers(sample, () => pick(fc.constantFrom, 'lower', 'upper', 'both'))
        await using config = await loadConfig({ schema: sample.schema, path, source: memorySource({ parameters }) })

        expect(config.current).toEqual(sample.value)
        expect(new Set(config.explain().keys.map(({ parameter }) => parameter))).toEqual(
          new Set(sample.leaves.flatMap((leaf) => winnerOf(leaf, parameters) ?? [])),
        )
      }),
      { numRuns },
    )
  })

  it('reads it unchanged through the AWS SDK', async () => {
    const aws = await localAws()
    let count = 0
    await fc.assert(
      fc.asyncProperty(arbitrarySample, async (sample) => {
        const folder = `/run${count++}`
        for (const { segments, stored } of sample.leaves) {
          if (stored !== undefined) aws.parameters.put({ name: `${folder}/${segments.join('/')}`, ...stored })
        }
        await using config = await loadConfig({ schema: sample.schema, path: folder, ...at(aws) })

        expect(config.current).toEqual(sample.value)
      }),
      { numRuns: 15 },
    )
  })

  it.each(parts(60, 15))(
    'reads the same value or the same problems by name and by path: $numRuns runs',
    async ({ numRuns }) => {
      const aws = await localAws()
      const client = ssmClient(aws)
      let count = 0
      await fc.assert(
        fc.asyncProperty(fc.gen(), arbitrarySample, async (pick, sample) => {
          const layers = [`/low${count}`, `/high${count++}`]
          for (const { segments, stored } of sample.leaves) {
            for (const layer of layers) {
              const fate = pick(fc.constantFrom, 'kept', 'kept', 'kept', 'kept', 'lost', 'spoilt')
              const value = fate === 'spoilt' ? '[spoilt' : stored?.value
              const type = pick(fc.constantFrom, 'SecureString' as const, stored?.type ?? 'String')
              if (stored === undefined || value === undefined || fate === 'lost') continue
              aws.parameters.put({ name: `${layer}/${toText(segments)}`, type, value })
            }
          }
          const read = async (strategy: 'auto' | 'by-path') => {
            const options = { schema: sample.schema, path: layers, strategy, random: () => 0, client }
            try {
              await using config = await loadConfig(options)
              return { value: config.current, keys: [...config.explain().keys].sort(byKey) }
            } catch (error) {
              if (!isLoadError(error)) throw error
              return { problems: error.problems.map((problem) => JSON.stringify(problem)).sort() }
            }
          }

          expect(await read('auto')).toEqual(await read('by-path'))
        }),
        { numRuns },
      )
    },
  )

  it('covers its leaves in every layer, and no other name', () => {
    fc.assert(
      fc.property(
        arbitrarySample,
        fc.array(fc.array(arbitraryKey, { minLength: 1, maxLength: 4 })),
        (sample, others) => {
          const made = buildPlan(sample.schema, 'exact')
          if (!('plan' in made)) throw new Error('it has no plan')
          const { plan } = made
          const { hierarchies } = planRequest(plan, { paths: path }).request
          const named = sample.leaves.filter(({ isNamed }) => isNamed).map(({ segments }) => segments)
          const deep = plan.open.filter(({ isOneLevel }) => !isOneLevel).map(({ segments }) => segments)
          const levels = plan.open.filter(({ isOneLevel }) => isOneLevel).map(({ segments }) => toText(segments))

          expect(plan.leaves.map(({ segments }) => segments.join('/')).sort()).toEqual(named.map(toText).sort())
          for (const segments of [...others, ...sample.leaves.map((leaf) => leaf.segments)]) {
            const isNamed = named.some((name) => toText(name) === toText(segments))
            const isCovered = isNamed || deep.some(isAbove(segments)) || levels.includes(toText(segments.slice(0, -1)))
            expect(hierarchies.map((hierarchy) => hierarchy.covers(`${hierarchy.path}/${toText(segments)}`))).toEqual(
              hierarchies.map(() => isCovered),
            )
          }
        },
      ),
      { numRuns: runs(200) },
    )
  })
})

describe('for any stored text', () => {
  const types = fc.constantFrom('String', 'StringList', 'SecureString')
  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.json(),
    fc.constantFrom('', '[', '{"a"', '\u0000', '__proto__'),
  )

  it.each(parts(200))(
    'gives a value, or an error that names every key and quotes no text: $numRuns runs',
    async ({ numRuns }) => {
      await fc.assert(
        fc.asyncProperty(fc.gen(), arbitrarySample, fc.dictionary(arbitraryKey, text), async (pick, sample, others) => {
          const parameters: Record<string, MemoryParameter> = {}
          for (const { segments } of sample.leaves) {
            const stored = pick(() => fc.option(fc.record({ type: types, value: text }), { nil: undefined }))
            const marked = stored?.type === 'SecureString' ? { ...stored, value: `hunter2${stored.value}` } : stored
            if (marked !== undefined) parameters[`/app/${toText(segments)}`] = marked as MemoryParameter
          }
          for (const [key, value] of Object.entries(others)) parameters[`/app/x/${key}`] ??= { value }
          const options = { schema: sample.schema, path: '/app', source: memorySource({ parameters }), random: () => 0 }
          const error = await loadConfig(options).then(
            async (config) => config.close(),
            (thrown: unknown) => thrown,
          )

          if (error === undefined) return
          if (!isLoadError(error)) throw error
          expect(error.problems.length).toBeGreaterThan(0)
          for (const { code, key, parameter, detail, remedy } of error.problems) {
            expect(expected).toContain(code)
            expect(key ?? parameter).toBeTruthy()
            expect(detail && remedy).toBeTruthy()
          }
          expect(JSON.stringify(error) + error.stack).not.toContain('hunter2')
        }),
        { numRuns },
      )
    },
  )

  it.each(parts(300))('decodes or rejects strange text for every kind of leaf: $numRuns runs', async ({ numRuns }) => {
    const leaves = {
      text: z.string(),
      number: z.number(),
      bigint: z.bigint(),
      boolean: z.boolean(),
      coerced: z.coerce.boolean(),
      date: z.date(),
      list: z.array(z.union([z.number(), z.boolean(), z.string()])),
      pairs: z.tuple([z.int()], z.array(z.string())),
      choice: z.union([z.array(z.int()), z.number(), z.enum(['a'])]),
      document: json(z.union([z.object({ kind: z.literal('a') }), z.array(z.unknown())])),
    }
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...Object.keys(leaves)), types, text, async (key, type, value) => {
        const schema = z.object({ key: leaves[key as keyof typeof leaves] as z.ZodType })
        const source = memorySource({ parameters: { '/app/key': { type: type as 'String', value } } })
        const codes = await loadConfig({ schema, path: '/app', source, random: () => 0 }).then(
          () => [],
          (error: unknown) => (isLoadError(error) ? error.problems.map(({ code }) => code) : [error]),
        )

        for (const code of codes) expect(expected).toContain(code)
      }),
      { numRuns },
    )
  })
})

const expected: readonly unknown[] = [
  'MISSING_PARAMETER',
  'MISSING_JSON_KEY',
  'EMPTY_PATH',
  'INVALID_VALUE',
  'INVALID_JSON',
  'NAME_CONFLICT',
] satisfies ProblemCode[]

function inLayers(sample: Sample, layer: () => 'lower' | 'upper' | 'both'): Record<string, MemoryParameter> {
  const parameters: Record<string, MemoryParameter> = {}
  for (const { segments, stored } of sample.leaves) {
    if (stored === undefined) continue
    const where = layer()
    if (where !== 'upper') parameters[`/shared/${toText(segments)}`] = where === 'lower' ? stored : { value: 'hidden' }
    if (where !== 'lower') parameters[`/app/${toText(segments)}`] = stored
  }
  return parameters
}

function winnerOf({ segments }: StoredLeaf, parameters: object): string | undefined {
  return [...path]
    .reverse()
    .map((layer) => `${layer}/${toText(segments)}`)
    .find((name) => Object.hasOwn(parameters, name))
}

function isAbove(segments: readonly string[]): (ancestor: readonly string[]) => boolean {
  return (ancestor) => ancestor.length < segments.length && ancestor.every((part, index) => part === segments[index])
}

function byKey(left: { readonly key: string }, right: { readonly key: string }): number {
  return left.key < right.key ? -1 : 1
}

function toText(segments: readonly string[]): string {
  return segments.join('/')
}
