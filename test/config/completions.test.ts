import { beforeAll, describe, expect, it } from 'vitest'
import { type Editor, openEditor } from '../support/completions.ts'

const shop = `
import * as z from 'zod'
import { createConfig, defineConfig, loadConfig, secret } from '../src/index.ts'
const login = secret('db', z.object({ username: z.string() }))
const config = createConfig({ path: '/shop', schema: z.object({ db: z.object({ host: z.string(), port: z.int(), login }) }) })
`

describe('an editor', { timeout: 60_000 }, () => {
  let editor: Editor

  beforeAll(async () => {
    editor = await openEditor()
    return editor.close
  })

  it.each([
    ['the value', 'config.current.|', ['db']],
    ['a selector', 'config.watch(({ db }) => db.|, () => undefined)', ['host', 'login', 'port']],
    ['the selector of a resource', 'config.resource((c) => c.db.|, () => undefined)', ['host', 'login', 'port']],
    ['a secret in a selector', 'config.watch((c) => c.db.login.|, () => undefined)', ['username']],
    ['a snapshot', 'config.pin().value.db.|', ['host', 'login', 'port']],
  ])('offers the keys of the schema in %s', async (_, line, keys) => {
    expect(await editor.completionsAt(shop + line)).toEqual(keys)
  })

  it('shows the configuration as read-only objects, without internal types', async () => {
    const shown = await editor.hoverAt(`${shop}config.curr|ent`)
    expect(shown).toMatch(/readonly db: \{\s+readonly host: string;\s+readonly port: number;/)
    expect(shown).not.toMatch(/DeepReadonly|Zod/)
  })

  const definition = "const definition = defineConfig({ path: '/shop', schema: z.object({ host: z.string() }) })\n"
  it.each([
    ['of a definition', "defineConfig({ schema: z.object({}), pth: '/x' })", "'path'"],
    ['of loadConfig', "loadConfig({ schema: z.object({}), path: '/x', overides: {} })", "'overrides'"],
    ['beside a definition', "createConfig({ ...definition, pathh: '/staging' })", "'path'"],
    ['of the start', 'createConfig({ ...definition, startup: { timeoutMS: 3 } })', "'timeoutMs'"],
    ['of polling', 'createConfig({ ...definition, poll: { everyMS: 3_000 } })', "'everyMs'"],
  ])('suggests the option for a misspelled one %s', async (_, line, meant) => {
    const [error, ...others] = await editor.errorsIn(`${shop}${definition}${line}`)
    expect(error).toContain(`Did you mean to write ${meant}?`)
    expect(others).toEqual([])
  })

  it.each([
    ['options', "createConfig({ schema: z.object({}), path: '/x', | })", 'notifications?'],
    ['what an option can be', "createConfig({ schema: z.object({}), path: '/x', naming: '|' })", 'kebab-case'],
    ['events', "config.on('|', () => undefined)", 'change'],
  ])('offers %s', async (_, line, one) => {
    expect(await editor.completionsAt(shop + line)).toContain(one)
  })
})
