import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { describeInstalled, shop, startsOf } from '../support/bootstrap.ts'
import { runProgram, startService } from '../support/service.ts'

const next = 'node_modules/next/dist/bin/next'
const serve = ['-p', '0', '-H', '127.0.0.1']
const timeout = 300_000

describeInstalled('bootstrap/next', (folder) => {
  it('builds without a call of AWS', { timeout }, async () => {
    const { aws, env } = await shop()
    // Next also compiles the output of an earlier run, which may be incomplete.
    rmSync(pathOf(`${folder}/.next`), { recursive: true, force: true })
    const { code, output, errors } = await runProgram([next, 'build'], { folder, env })

    expect({ code, errors }, output).toEqual({ code: 0, errors: '' })
    expect(aws.counts.total).toBe(0)
  })

  it('starts one config for pages, routes and instrumentation', { timeout }, async () => {
    const { aws, env } = await shop()
    const service = await startService([next, 'start', ...serve], { folder, env })

    expect(await service.get('/api/greeting')).toBe('{"greeting":"Welcome to the shop"}')
    expect(await service.get('/')).toContain('<h1>Welcome to the shop</h1>')
    expect(startsOf(aws)).toBe(1)
    await service.end()
    expect(service.output()).toMatch(/\nclosed\n/)
  })

  it('prints one readable block and exits when loading fails', { timeout }, async () => {
    const { env } = await shop()
    const { code, errors } = await runProgram([next, 'start', ...serve], { folder, env: { ...env, APP_ENV: 'prod' } })

    expect(code).toBe(1)
    expect(errors).toMatch(
      /^liveparam: could not load the configuration: 4 missing, 1 empty \(\d attempts in \d+ ms\)\n/,
    )
    expect(errors).not.toMatch(/^ +at /m)
  })

  it('keeps one config when modules are reloaded', { timeout }, async () => {
    const { aws, env } = await shop()
    const service = await startService([next, 'dev', ...serve], { folder, env })
    expect(await service.get('/api/greeting')).toBe('{"greeting":"Welcome to the shop"}')
    edit(`${folder}/config.ts`, (text) => `${text}\nconsole.log('evaluated again')\n`)
    edit(`${folder}/app/api/greeting/route.ts`, (text) => text.replace('{ greeting:', '{ edited:'))

    await expect.poll(() => service.get('/api/greeting'), { timeout: 60_000 }).toBe('{"edited":"Welcome to the shop"}')
    await expect.poll(() => service.output(), { timeout: 60_000 }).toContain('evaluated again')
    expect(startsOf(aws)).toBe(1)
    await service.end()
  })
})

// Undone after the test.
function edit(file: string, change: (text: string) => string): void {
  const path = pathOf(file)
  const text = readFileSync(path, 'utf8')
  writeFileSync(path, change(text))
  onTestFinished(() => writeFileSync(path, text))
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(`../../${file}`, import.meta.url))
}
