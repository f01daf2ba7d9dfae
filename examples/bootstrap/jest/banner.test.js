const { createTestConfig } = require('liveparam/testing')
const { makeBanner } = require('./banner.js')
const { definition } = require('./definition.js')

let config

beforeEach(async () => {
  const values = { greeting: 'Welcome', db: { username: 'shop', password: 'example-password' } }
  config = await createTestConfig(definition, { values })
})

afterEach(() => config.close())

test('the banner follows the greeting', async () => {
  const banner = makeBanner(config)
  expect(banner.read()).toBe('** Welcome **')

  await config.set({ values: { greeting: 'Closed for today' } })
  expect(banner.read()).toBe('** Closed for today **')
})

test('the banner stays while AWS cannot be read', async () => {
  const banner = makeBanner(config)
  const outage = config.fail()
  await config.advance(600_000)

  expect(config.status().state).toBe('stale')
  expect(banner.read()).toBe('** Welcome **')
  outage[Symbol.dispose]()
})
