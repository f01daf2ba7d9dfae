import type * as z from 'zod'
import { assemble, buildTree } from '../../src/decode/assemble.ts'
import { mergeLayers } from '../../src/decode/merge-layers.ts'
import { validate } from '../../src/decode/validate.ts'
import type { StoredParameter } from '../../src/ports.ts'
import { buildPlan } from '../../src/schema/build-plan.ts'
import { planRequest } from '../../src/schema/read-request.ts'

/** Different keys. */
export function siblings(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `k${index}`)
}

/** How often the keys are read between a reading and the result of its validation. */
export async function stepsOf(schema: z.ZodType, names: readonly string[]): Promise<number> {
  const layers = { paths: ['/app'] }
  const made = buildPlan(schema, 'exact')
  if (!('plan' in made)) throw new Error('the schema has no plan')
  const { plan } = made
  const parameters = names.map(
    (name): StoredParameter => ({ name: `/app/${name}`, type: 'String', value: 'x', version: 1 }),
  )
  const reading = { hierarchies: [{ parameters, failures: new Map() }], names: new Map(), secrets: [] }
  const unfollowed = mergeLayers(planRequest(plan, layers), reading, [])
  let steps = 0
  const stored = new Map(
    [...unfollowed.stored].map(([id, key]) => {
      const counted = { path: { get: () => ++steps && key.path }, isSensitive: { get: () => ++steps < 0 } }
      return [id, Object.defineProperties({ ...key }, counted)] as const
    }),
  )
  const { tree, conflicts } = buildTree(stored.values())
  const assembled = await assemble(plan.root, tree)
  const refused = new Proxy(
    conflicts.map(({ path = [] }) => path),
    { get: (paths, key) => ++steps && Reflect.get(paths, key) },
  )
  const merged = { ...unfollowed, stored }
  const ignore = () => undefined
  await validate({
    ...{ schema, plan, layers, reading, assembled, refused, merged },
    unfollowed,
    onInvalid: ignore,
    pauseIfDue: ignore,
  })
  return steps
}
