import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { at, localAws, put } from '../support/aws.ts'
import { runProgram } from '../support/service.ts'

const fixture = (name: string) => fileURLToPath(new URL(`../support/${name}.mjs`, import.meta.url))

it('18. keeps the process alive during a start, and not after it', async () => {
  const aws = await localAws()
  put(aws, { '/app/a': 'x' })
  aws.faults.add({ kind: 'hang', times: 1 })

  expect(await runProgram([fixture('start-process'), JSON.stringify(at(aws))], { env: {} })).toEqual({
    code: 0,
    output: 'loaded x\nexit listeners 0\n',
    errors: '',
  })
})

it.each(['hang', 'throttle'] as const)(
  '18. lets the process end after an invocation that gave up: %s',
  async (kind) => {
    const aws = await localAws()
    aws.faults.add(kind === 'hang' ? { kind } : { kind, ratePerSecond: 0, burst: 0 })
    const env = { AWS_LAMBDA_FUNCTION_NAME: 'shop' }

    expect(await runProgram([fixture('invoked-process'), JSON.stringify(at(aws))], { env })).toEqual({
      code: 0,
      output: 'NOT_READY\n',
      errors: '',
    })
  },
)
