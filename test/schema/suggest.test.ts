import { expect, it } from 'vitest'
import * as z from 'zod'
import { loadFrom } from '../support/load.ts'
import { loadError } from '../support/rejection.ts'

const keys = Array.from({ length: 40 }, (_, index) => `workerPoolSize${index}`)
const schema = z.object(Object.fromEntries(keys.map((key) => [key, z.string()])))

async function remediesFor(respell: (key: string) => string): Promise<string[]> {
  const stored = Object.fromEntries(keys.map((key) => [`/app/${respell(key)}`, 'x']))
  const { missing } = await loadError(loadFrom(schema, stored))
  return missing.map(({ remedy = '' }) => remedy)
}

it('tells for every key which naming would find it', async () => {
  const remedies = await remediesFor((key) => key.replace('workerPoolSize', 'worker_pool_size'))

  expect(remedies.filter((remedy) => remedy.includes("naming: 'snake_case'"))).toHaveLength(40)
})

it('compares the first ten with all that is stored: to compare each would take longer than a start may', async () => {
  const remedies = await remediesFor((key) => key.replace('Pool', 'Pol'))

  expect(remedies.filter((remedy) => remedy.includes('is stored: rename it'))).toHaveLength(10)
  expect(remedies.filter((remedy) => remedy.startsWith('store it'))).toHaveLength(30)
})
