import { spawnSync } from 'node:child_process'
import { beforeAll, describe, expect, it } from 'vitest'
import { assertBuilt } from '../support/built.ts'
import { configModule, makeProject } from '../support/cli.ts'

beforeAll(assertBuilt)

const definition = configModule('{ db: z.object({ host: z.string(), port: z.number() }), name: z.string() }')
const files = {
  'config.mjs': definition,
  'several.mjs': `${definition.replace('const definition', 'const orders')}\nexport const stock = { ...orders }`,
}

// The prompt is not part of the line that sets it.
const shells = {
  bash: ['bash --norc --noprofile -i', `source <(liveparam completion bash); PS1='rea''dy> '\n`],
  zsh: ['zsh -f -i', `autoload -U compinit; compinit -u -D; source <(liveparam completion zsh); PS1='rea''dy> '\n`],
} as const

const timeout = 20_000

describe.each(Object.entries(shells))('in %s, the key Tab', (shell, [command, setup]) => {
  const isInstalled = spawnSync(shell, ['-c', 'true']).error === undefined
  const isRequired = process.env.LIVEPARAM_REQUIRE_ALL === '1'

  it.runIf(isInstalled || isRequired)(`completes what is typed (needs ${shell})`, { timeout: 120_000 }, async () => {
    const { process: program, printed } = makeProject(files).startProgram(command)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences of a terminal begin with one
    const shown = () => printed().replace(/\u001b(?:\[[0-9;?]*[a-zA-Z]|[=>])|[\u0007\r]/g, '')
    const type = (text: string) => void program.stdin?.write(text)
    const completes = async (typed: string, text: string) => {
      const start = shown().length
      // Control-U empties the line for the next word.
      type(`${typed}\t`)
      await expect.poll(() => shown().slice(start), { timeout }).toContain(text)
      type('\u0015')
    }
    type(setup)
    await expect.poll(shown, { timeout }).toMatch(/ready> $/)

    await completes('liveparam ch', 'liveparam check ')
    await completes('liveparam check --str', 'liveparam check --strict ')
    await completes('liveparam check --format g', 'liveparam check --format github ')
    await completes('liveparam help hi', 'liveparam help history ')
    await completes('liveparam infra n', 'liveparam infra notifications ')
    await completes('liveparam explain db.h', 'liveparam explain db.host ')
    await completes('liveparam history config.mjs na', 'liveparam history config.mjs name ')
    await completes('liveparam check several.mjs --export st', 'liveparam check several.mjs --export stock ')
    await completes('liveparam check sev', 'liveparam check several.mjs ')
    type('exit\n')
  })
})
