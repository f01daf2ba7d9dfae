const { config } = require('./config.js')
const { signature } = require('./mailer.js')

// In the place of config.js: a config of its own, read from memory. It is there at once, and ready a moment later.
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

test('the signature names whoever the config names', () => {
  expect(signature()).toBe('Yours, the test')
})
