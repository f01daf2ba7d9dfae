import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { commands } from '../../src/cli/commands.ts'
import { assertBuilt } from '../support/built.ts'
import { bin, configModule, makeProject } from '../support/cli.ts'
import { root } from '../support/entry-points.ts'

beforeAll(assertBuilt)

const definition = configModule('{ a: z.string() }')

describe('the command line', () => {
  it('prints its version', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

    expect(await makeProject({}).run('--version')).toEqual({ code: 0, output: `${version}\n`, errors: '' })
  })

  it('loads nothing of the core for its version', () => {
    const program = `
      const { registerHooks, register } = await import('node:module')
      register('data:text/javascript,' + encodeURIComponent(\`
        import { writeSync } from 'node:fs'
        export async function load(url, context, next) { writeSync(2, url + '\\\\n'); return next(url, context) }
      \`))
      process.argv = [process.argv[0], ${JSON.stringify(bin)}, '--version']
      await import(${JSON.stringify(bin)})
    `
    const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
    const dist = new URL('..', pathToFileURL(bin)).href
    const files = stderr
      .split('\n')
      .filter((line) => line.startsWith(dist))
      .map((line) => line.slice(dist.length))

    expect(files.length).toBeGreaterThan(0)
    expect(files.filter((file) => /core|shared|node_modules|check/.test(file))).toEqual([])
  })

  it('shows the commands, and two examples before the options of a command', async () => {
    const project = makeProject({})
    const { output } = await project.run('help')
    const help = await project.run('help', 'check')

    for (const { name, summary } of commands) expect(output).toMatch(new RegExp(`^  ${name} +${summary}$`, 'm'))
    expect(help.code).toBe(0)
    expect(help.output.match(/^ {2}liveparam check/gm)?.length).toBeGreaterThan(2)
    expect(help.output.indexOf('Examples')).toBeLessThan(help.output.indexOf('Options'))
    expect((await project.run('check', '--help')).output).toBe(help.output)
  })

  it('fits into a terminal of 80 columns', async () => {
    for (const args of [['help'], ['help', 'infra'], ['help', 'watch']]) {
      const { output } = await makeProject({}).runOnTerminal(80, ...args)
      for (const line of output.split('\n')) expect(line.trimEnd().length, line).toBeLessThanOrEqual(80)
    }
  })

  it('lists each command with the name and summary of its file', async () => {
    for (const entry of commands) {
      const { name, summary } = await entry.load()
      expect({ name, summary }).toEqual({ name: entry.name, summary: entry.summary })
    }
  })

  it.each([
    [['chekc', '--strict'], 'there is no command "chekc": did you mean check?', 'liveparam check --strict'],
    [['check', '--pth', '/a'], 'liveparam check has no option --pth: did you mean --path?', 'liveparam help check'],
    [['check', '--format', 'jsn'], 'and not "jsn": did you mean json?', 'liveparam help check'],
    [
      ['infra', 'policy', '--for', 'chek'],
      'takes run, check, explain, diff, exec, watch, and not "chek": did you mean check?',
      'liveparam help infra',
    ],
    [
      ['infra', 'policy', '--for', 'history'],
      'no policy is printed for history: ssm:GetParameterHistory reads',
      'liveparam help infra',
    ],
    [['infra', 'policy', '--for', 'dev'], 'dev reads no account: it needs no permission', 'liveparam help infra'],
    [['infra', 'policy', '--for', 'init'], 'init has no definition to derive a policy from', 'liveparam help infra'],
    [
      ['dev', '--key-variable', 'CACHE KEY'],
      '--key-variable takes the name of an environment variable',
      'liveparam help dev',
    ],
    [['check', '--path'], '--path needs a value: --path <path>', 'liveparam help check'],
    [['check', '--json=1'], '--json takes no value', 'liveparam help check'],
    [
      ['dev', '--seed', 's.yaml', 'node', '-e', '1'],
      'liveparam dev: put -- before the command',
      'liveparam dev [definition] [options] -- <command>',
    ],
    [['exec', 'node', 'server.js'], 'put -- before the command', 'liveparam exec [definition] [options] -- <command>'],
    [['check', 'config.js', 'more'], 'does not take "more"', 'liveparam help check'],
    [['check', 'confg.js'], 'there is no file confg.js: did you mean config.js?', 'liveparam check config.js'],
    [['check', '--export', 'definitoin'], 'did you mean definition?', 'liveparam check config.js --export definition'],
  ])('answers %j with the nearest name and the next command', async (args, message, next) => {
    const { code, output, errors } = await makeProject({ 'config.js': definition }).run(...args)

    expect({ code, output }).toEqual({ code: 2, output: '' })
    expect(errors.replace(/\s+/g, ' ')).toContain(message)
    expect(errors).toContain(`  → ${next}\n`)
  })

  it('shows its help on stderr if there is no command', async () => {
    expect(await makeProject({}).run()).toMatchObject({
      code: 2,
      output: '',
      errors: expect.stringContaining('Commands'),
    })
  })
})

describe('completion', () => {
  it('offers commands, options and choices in bash', () => {
    const script = spawnSync(process.execPath, [bin, 'completion', 'bash'], { encoding: 'utf8' }).stdout
    const complete = (...words: string[]) => {
      const list = words.map((word) => `'${word}'`).join(' ')
      const program = `${script}\nCOMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _liveparam; echo "\${COMPREPLY[@]}"`
      const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', program], { encoding: 'utf8' })
      expect(stderr.replace(/.*compopt.*\n/g, '')).toBe('')
      return stdout.trim().split(' ')
    }

    expect(complete('liveparam', 'ch')).toEqual(['check'])
    expect(complete('liveparam', 'help', 'com')).toEqual(['completion'])
    expect(complete('liveparam', 'check', '--str')).toEqual(['--strict'])
    expect(complete('liveparam', 'check', '--format', '')).toEqual(['text', 'json', 'github'])
    expect(complete('liveparam', 'completion', '')).toEqual(['bash', 'zsh'])
  })

  it('describes every command and option to zsh', async () => {
    const { output } = await makeProject({}).run('completion', 'zsh')
    const all = await Promise.all(commands.map((entry) => entry.load()))

    expect(output.startsWith('#compdef liveparam\n')).toBe(true)
    for (const { name, options } of all) {
      expect(output).toContain(`'${name}:`)
      for (const option of Object.keys(options)) expect(output).toMatch(new RegExp(`--${option}=?\\[`))
    }
    const zsh = spawnSync('zsh', ['-n'], { input: output, encoding: 'utf8' })
    if (zsh.error === undefined) expect(zsh.stderr).toBe('')
  })

  it('asks for a shell that it knows', async () => {
    const { code, errors } = await makeProject({}).run('completion', 'fish')

    expect(code).toBe(2)
    expect(errors).toContain('bash or zsh')
  })
})
