import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { environmentOf } from '../../examples/bootstrap/local-aws.ts'
import { localAws, put } from '../support/aws.ts'
import { compile, describeInstalled } from '../support/bootstrap.ts'
import { startService } from '../support/service.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const recipes = ['fastify', 'hono', 'koa', 'nest']

describe('examples/frameworks', () => {
  it.each(recipes)('%s has at most 30 lines', (name) => {
    const lines = readFileSync(join(root, `examples/frameworks/${name}.ts`), 'utf8')
      .trimEnd()
      .split('\n')

    expect(lines.length).toBeLessThanOrEqual(30)
  })
})

it.each([...recipes, 'definition'])('docs/frameworks.md shows %s.ts as it is run', (name) => {
  const page = readFileSync(join(root, 'docs/frameworks.md'), 'utf8')
  const code = readFileSync(join(root, `examples/frameworks/${name}.ts`), 'utf8')

  expect(page).toContain(`\`\`\`typescript\n// ${name}.ts\n${code}\`\`\``)
})

describeInstalled('frameworks', (folder) => {
  it('compiles', { timeout: 60_000 }, () => compile(folder))

  it.each(recipes)(
    '%s answers with the newest configuration, and ends on SIGTERM',
    { timeout: 60_000 },
    async (name) => {
      const aws = await localAws()
      put(aws, { '/shop/dev/currency': 'EUR', '/shop/dev/taxPercent': '20' })
      const env = { ...environmentOf(aws), APP_ENV: 'dev', PORT: '0', POLL_MS: '1000' }
      const service = await startService(['--import', 'tsx', `${name}.ts`], { folder, env })

      expect(await service.get('/price')).toBe('{"gross":120,"currency":"EUR"}')
      expect(await service.get('/ready')).toBe('{"status":"up"}')

      put(aws, { '/shop/dev/taxPercent': '50' })
      await expect.poll(() => service.get('/price')).toBe('{"gross":150,"currency":"EUR"}')
      expect(await service.end()).toMatchObject({ code: null, errors: '' })
    },
  )

  it('names what is missing when a start fails', { timeout: 60_000 }, async () => {
    const aws = await localAws()
    const env = { ...environmentOf(aws), APP_ENV: 'dev', PORT: '0' }
    const start = startService(['--import', 'tsx', 'nest.ts'], { folder, env })

    await expect(start).rejects.toThrow('liveparam: could not load the configuration: 2 missing')
  })
})
