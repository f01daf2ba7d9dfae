import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { at, localAws, put } from '../support/aws.ts'
import { runProgram } from '../support/service.ts'

const fixture = (name: string) => fileURLToPath(new URL(`../support/${name}.mjs`, import.meta.url))

it.each([
  ['a server', undefined],
  ['Lambda', 'shop'],
])('18. keeps the process alive during a start, and not after it, on %s', async (_, functionName) => {
  const aws = await localAws()
  put(aws, { '/app/a': 'x' })
  aws.faults.add({ kind: 'hang', times: 1 })
  const env = { AWS_LAMBDA_FUNCTION_NAME: functionName }

  expect(await runProgram([fixture('start-process'), JSON.stringify(at(aws))], { env })).toEqual({
    code: 0,
    output: 'loaded x\nexit listeners 0\n',
    errors: '',
  })
})

it.each([
  ['a start that hangs', 1_000, 'NOT_READY\n', () => ({ kind: 'hang' as const })],
  [
    'a start that is throttled',
    1_000,
    'NOT_READY\n',
    () => ({ kind: 'throttle' as const, ratePerSecond: 0, burst: 0 }),
  ],
  // Its start may take long on a busy machine.
  ['a refresh that hangs', 15_000, 'answered\n', () => ({ kind: 'hang' as const, when: afterFirst() })],
])(
  '18. lets the process end after an invocation that did not wait for %s',
  async (_, remainingMs, output, makeFault) => {
    const aws = await localAws()
    put(aws, { '/app/a': 'x' })
    aws.faults.add({ action: 'ssm:*', ...makeFault() })
    const env = { AWS_LAMBDA_FUNCTION_NAME: 'shop' }
    const args = [JSON.stringify(at(aws)), `${remainingMs}`]

    expect(await runProgram([fixture('invoked-process'), ...args], { env })).toEqual({
      code: 0,
      output,
      errors: '',
    })
  },
)

function afterFirst(): () => boolean {
  let calls = 0
  return () => calls++ > 0
}
