import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import autocannon from 'autocannon'
import { describe, expect, it } from 'vitest'
import { definition } from '../../examples/express-server/config.ts'
import { loadConfig } from '../../src/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { callsOf } from '../support/calls.ts'
import { allows, statementsIn } from '../support/iam.ts'
import { startService } from '../support/service.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const authorization = 'Bearer example-operator-token'

describe('examples/express-server', { timeout: 60_000 }, () => {
  it('answers every request from one revision while parameters change', async () => {
    const server = await startService(['--import', 'tsx', 'examples/express-server/main.ts'], {
      env: { AWS_REGION: undefined, PORT: '0' },
    })
    const torn = new Set<string>()
    const { requests, errors, timeouts, non2xx } = await autocannon({
      url: `${server.url}/price/1000`,
      connections: 20,
      duration: 4,
      setupClient: (client) =>
        client.on('body', (body: unknown) => void (isWhole(String(body)) || torn.add(String(body)))),
    })
    const page = await fetch(`${server.url}/_config`, { headers: { authorization } })
    const html = await page.text()
    const hidden = await fetch(`${server.url}/_config`)
    const { code, output, errors: complaints } = await server.end()

    expect([...torn]).toEqual([])
    expect({ errors, timeouts, non2xx }).toEqual({ errors: 0, timeouts: 0, non2xx: 0 })
    expect(requests.total).toBeGreaterThan(100)
    expect([page.status, hidden.status]).toEqual([200, 404])
    expect(html).toMatch(/<h1>Shop<\/h1>.*taxPercent/s)
    expect({ code, complaints }).toEqual({ code: 0, complaints: '' })
    expect(Number(/served (\d+) revisions/.exec(output)?.[1])).toBeGreaterThan(2)
  })

  it('has a policy that allows exactly its calls', async () => {
    const aws = await localAws()
    put(aws, { '/shared/currency': 'EUR', '/shop/dev/taxPercent': '20', '/shop/dev/checkoutEnabled': 'true' })
    aws.secrets.create({ name: 'dev/shop/operator', value: 'example-operator-token' })
    const config = await loadConfig({ ...definition, ...at(aws) })
    aws.secrets.delete({ id: 'dev/shop/operator', force: true })
    await config.refresh().catch(() => undefined)
    await config.close()
    const text = readFileSync(`${root}/examples/express-server/policy.json`, 'utf8')
      .replaceAll('REGION', 'us-east-1')
      .replaceAll('ACCOUNT', '123456789012')
      .replaceAll('prod', 'dev')
    const statements = statementsIn(JSON.parse(text))
    const grants = statements.flatMap((statement) =>
      (statement.Resource ?? []).map((resource) => ({ ...statement, Resource: [resource] })),
    )
    const calls = callsOf(aws)

    expect(calls.filter((call) => !statements.some((statement) => allows(statement, call)))).toEqual([])
    expect(grants.filter((grant) => !calls.some((call) => allows(grant, call)))).toEqual([])
  })
})

// The currency and the tax are always written together.
function isWhole(body: string): boolean {
  const { net, gross, revision } = JSON.parse(body)
  const amounts: Readonly<Record<string, string>> = { EUR: '12.00', CHF: '10.81' }
  return net.currency === gross.currency && net.revision === revision && gross.amount === amounts[gross.currency]
}
