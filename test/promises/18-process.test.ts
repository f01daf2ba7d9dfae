import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { at, localAws, put } from '../support/aws.ts'

const fixture = fileURLToPath(new URL('../support/start-process.mjs', import.meta.url))

it('18. keeps the process alive during a start, and not after it', async () => {
  const aws = await localAws()
  put(aws, { '/app/a': 'x' })
  aws.faults.add({ kind: 'hang', times: 1 })

  expect(await run(aws)).toEqual({ code: 0, output: 'loaded x\nexit listeners 0\n' })
})

async function run(aws: Parameters<typeof at>[0]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [fixture, JSON.stringify(at(aws))], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += String(chunk)
  })
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, output }
}
