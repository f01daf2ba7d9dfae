import express from 'express'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { expressConfig } from '../../src/express/index.ts'
import { type ChangeEvent, createConfig, loadConfig, secret, sensitive } from '../../src/index.ts'
import { memorySource } from '../../src/testing/index.ts'
import { at, localAws } from '../support/aws.ts'
import { scriptedAws } from '../support/scripted-aws.ts'
import { serve } from '../support/serve.ts'

const strategies = ['by-name', 'by-path'] as const
const dataTypesOf = (keys: readonly { readonly key: string; readonly dataType?: string }[]) =>
  Object.fromEntries(keys.map(({ key, dataType }) => [key, dataType]))

/** A value for each data type that AWS has for a String. */
const valid: Readonly<Record<string, string>> = {
  text: 'x',
  boolean: 'true',
  integer: '1',
  float: '1.5',
  binary: 'AAE=',
  json: '{}',
  jsonc: '{}',
  hostname: 'example.com',
  email: 'a@example.com',
  'ipv4-address': '10.0.0.1',
  'ipv6-address': '::1',
  url: 'https://example.com',
  'aws:region': 'eu-west-1',
  'aws:account:id': '123456789012',
  'aws:ec2:image': 'ami-0123456789abcdef0',
}

describe.each(strategies)('data types, read %s', (strategy) => {
  it('are listed for each key, and do not change how text is decoded', async () => {
    const aws = await localAws()
    for (const [dataType, value] of Object.entries(valid)) {
      aws.parameters.put({ name: `/app/${dataType.replaceAll(':', '-')}`, value, dataType })
    }
    const names = Object.keys(valid).map((dataType) => dataType.replaceAll(':', '-'))
    const schema = z.object(Object.fromEntries(names.map((name) => [name, z.string()])))
    await using config = await loadConfig({ schema, path: '/app', strategy, poll: false, ...at(aws) })

    const found = config.explain().keys.map(({ parameter, dataType }) => [parameter, dataType])
    const expected = Object.keys(valid).map((dataType) => [`/app/${dataType.replaceAll(':', '-')}`, dataType])
    expect(found.sort()).toEqual(expected.sort())
    expect(config.pin().keys).toEqual(config.explain().keys)
    expect(config.current.integer).toBe('1')
  })

  it('are listed for a SecureString, for a list and for each layer', async () => {
    const aws = await localAws()
    aws.parameters.put({ name: '/base/port', value: '1', dataType: 'integer' })
    aws.parameters.put({ name: '/app/port', value: '1.5', dataType: 'float' })
    aws.parameters.put({ name: '/app/key', value: '{}', type: 'SecureString', dataType: 'json' })
    aws.parameters.put({ name: '/app/hosts', value: 'a.example,b.example', type: 'StringList', dataType: 'hostname' })
    const schema = z.object({ port: z.number(), key: z.string(), hosts: z.array(z.string()) })
    await using config = await loadConfig({ schema, path: ['/base', '/app'], strategy, poll: false, ...at(aws) })

    const { keys } = config.explain()
    expect(dataTypesOf(keys)).toEqual({ port: 'float', key: 'json', hosts: 'hostname' })
    expect(keys.find(({ key }) => key === 'port')?.overridden).toMatchObject([{ dataType: 'integer' }])
  })

  it('make a change of their own, with both data types and an unchanged value', async () => {
    const aws = await localAws()
    aws.parameters.put({ name: '/app/port', value: '80', dataType: 'integer' })
    const schema = z.object({ port: z.number() })
    await using config = await loadConfig({ schema, path: '/app', strategy, poll: false, ...at(aws) })
    const changes: ChangeEvent<z.output<typeof schema>>[] = []
    config.on('change', (event) => void changes.push(event))
    const before = config.current
    aws.parameters.put({ name: '/app/port', value: '80', dataType: 'text', overwrite: true })

    expect(await config.refresh()).toBe('changed')
    expect(changes).toMatchObject([
      { changed: [{ key: 'port', from: { dataType: 'integer' }, to: { dataType: 'text', version: '2' } }] },
    ])
    expect(config.current).toBe(before)
    expect(dataTypesOf(config.explain().keys)).toEqual({ port: 'text' })
  })

  it('are absent if the endpoint sends none, and may be unknown to this release', async () => {
    const parameter = { Type: 'String', Version: 1, Value: '1' }
    const answers = [
      { ...parameter, Name: '/app/a' },
      { ...parameter, Name: '/app/b', DataType: 'aws:future' },
      { ...parameter, Name: '/app/c', DataType: '' },
    ]
    const { endpoint } = await scriptedAws(() => ({ body: { Parameters: answers } }))
    const schema = z.object({ a: z.string(), b: z.string(), c: z.string() })
    const place = { endpoint, region: 'eu-west-1' }
    await using config = await loadConfig({ schema, path: '/app', strategy, poll: false, ...place })

    const { keys } = config.explain()
    expect(keys.filter((key) => 'dataType' in key).map(({ key, dataType }) => [key, dataType])).toEqual([
      ['b', 'aws:future'],
    ])
  })
})

it('are absent for secrets and overrides, and present for a parameter with a reference', async () => {
  const aws = await localAws()
  aws.secrets.create({ name: 'login', value: 'x' })
  aws.parameters.put({ name: '/app/token', value: '/aws/reference/secretsmanager/login' })
  const schema = z.object({ login: secret('login', z.string()), token: sensitive(z.string()), port: z.number() })
  const overrides = { port: '1' }
  await using config = await loadConfig({ schema, path: '/app', overrides, poll: false, ...at(aws) })

  const { keys } = config.explain()
  expect(dataTypesOf(keys)).toEqual({ login: undefined, token: 'text', port: undefined })
})

describe('a memory source', () => {
  it('keeps the data type of the previous version unless another is given', async () => {
    const source = memorySource({ parameters: { '/app/a': { value: '1', dataType: 'integer' }, '/app/b': '2' } })
    const schema = z.object({ a: z.string(), b: z.string() })
    await using config = await loadConfig({ schema, path: '/app', source, poll: false })
    expect(dataTypesOf(config.explain().keys)).toEqual({ a: 'integer', b: undefined })
    source.put('/app/a', '3')
    source.put('/app/b', { value: '2', dataType: 'float' })
    await config.refresh()

    expect(dataTypesOf(config.explain().keys)).toEqual({ a: 'integer', b: 'float' })
  })

  it('gives a snapshot without data types an unchanged id', async () => {
    const source = memorySource({ parameters: { '/app/a': '1' } })
    await using config = await loadConfig({ schema: z.object({ a: z.string() }), path: '/app', source, poll: false })

    expect(config.pin().id).toBe('5f87e363a505be8fe1d89f36d3859279af7b81ccf518fa5ad00714af791ce285')
    expect('dataType' in (config.explain().keys[0] ?? {})).toBe(false)
  })
})

it('shows a data type other than text on the status page, escaped', async () => {
  const parameters = {
    '/app/port': { value: '1', dataType: 'integer' },
    '/app/odd': { value: '1', dataType: '<img src=x>' },
    '/app/plain': { value: '1', dataType: 'text' },
  }
  const schema = z.object({ port: z.string(), odd: z.string(), plain: z.string() })
  await using config = createConfig({ schema, path: '/app', source: memorySource({ parameters }), poll: false })
  await config.ready
  const url = await serve(express().use(expressConfig(config).statusPage()))
  const page = await (await fetch(url)).text()

  expect(page).toContain('<small class="origin">integer</small>')
  expect(page).toContain('&lt;img src=x&gt;</small>')
  expect(page).not.toContain('<small class="origin">text</small>')
})
