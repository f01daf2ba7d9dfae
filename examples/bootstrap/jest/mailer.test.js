const { config } = require('./config.js')
const { signature } = require('./mailer.js')

// Replaces config.js with a config in memory. It is available at once, and ready a moment later.
jest.mock('./config.js', () => {
  const { createConfig } = require('liveparam')
  const { memorySource } = require('liveparam/testing')
  const { definition } = require('./definition.js')
  const source = memorySource({
    parameters: { '/shop/dev/greeting': 'Welcome' },
    secrets: { 'dev/db': '{"username":"the test","password":"example-password"}' },
  })
  return { config: createConfig({ ...definition, source }) }
})

beforeAll(() => config.ready)

afterAll(() => config.close())

test('the signature names the user of the config', () => {
  expect(signature()).toBe('Yours, the test')
})
