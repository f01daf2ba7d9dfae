import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { bundledPackages, root } from '../support/entry-points.ts'
import { runNode } from '../support/run-process.ts'

const none = { vulnerabilities: {} }
const inSdk = weakness('@aws-sdk/client-ssm')
const inRunner = weakness('vitest')

describe('the audit', () => {
  it.each([
    ['passes without known weaknesses', none, none, 0, ''],
    ['fails for a dependency', inSdk, inSdk, 1, 'npm audit: @aws-sdk/client-ssm <9: high, and shipped\n'],
    ['tells of what is for development', none, inRunner, 0, 'npm audit: vitest <9: high, in development alone\n'],
  ])('%s', async (_, shipped, all, code, output) => {
    expect(await audit(shipped, all)).toEqual({ code, output, errors: '' })
  })

  it('reports a registry without audits, and passes', async () => {
    const refusal = { message: '405 Method Not Allowed', statusCode: 405 }
    const { code, output } = await audit(refusal, refusal)

    expect(code).toBe(0)
    expect(output).toMatch(/^npm audit --omit=dev: not checked, because this registry has no audits \(status 405\)\n/)
  })

  it('fails when the registry cannot be reached', async () => {
    const failure = { message: 'getaddrinfo ENOTFOUND' }
    const { code, errors } = await audit(failure, failure)

    expect(code).toBe(1)
    expect(errors).toContain('npm audit failed: getaddrinfo ENOTFOUND')
  })
})

describe('publishing', () => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

  it('is public, with provenance', () => {
    expect(manifest.publishConfig).toEqual({ access: 'public', provenance: true })
  })

  it('runs all checks first', () => {
    const checks = ['check-publishable', 'run types', 'run lint', 'run package', 'run audit', 'run test:all']

    expect(checks.filter((check) => !manifest.scripts.prepublishOnly.includes(check))).toEqual([])
  })

  it('is refused in one sentence without a repository', async () => {
    const sentence = 'Not published: provenance names a public repository, so package.json needs `repository` first.\n'

    expect(await checkPublishable({})).toEqual({ code: 1, output: '', errors: sentence })
    expect(await checkPublishable({ repository: 'github:example/liveparam' })).toMatchObject({ code: 0 })
  })

  it('publishes from a workflow that proves its identity, after the gate has passed', () => {
    const { jobs } = workflow('publish.yml')

    expect(jobs.gate).toEqual({ uses: './.github/workflows/gate.yml' })
    expect(jobs.publish).toMatchObject({ needs: 'gate', permissions: { 'id-token': 'write' } })
    expect(jobs.publish?.steps?.map(({ run = '' }) => run).join('\n')).toContain('npm publish')
    expect(workflow('gate.yml').jobs.gate?.steps?.map(({ run }) => run)).toContain('.ci/run')
  })

  it.each(['gate.yml', 'publish.yml'])('lets %s use actions of one commit each, and no more than it needs', (file) => {
    const { permissions, jobs } = workflow(file)
    const actions = Object.values(jobs).flatMap(({ steps = [] }) => steps.flatMap(({ uses = [] }) => uses))

    expect(permissions).toEqual({ contents: 'read' })
    expect(actions.filter((action) => !/^actions\/[\w-]+@[0-9a-f]{40}$/.test(action))).toEqual([])
    expect(actions).not.toEqual([])
  })

  it('ships the licences of the bundled packages', () => {
    const licence = readFileSync(join(root, 'LICENSE'), 'utf8')

    expect(bundledPackages().filter((name) => !licence.includes(name))).toEqual([])
  })
})

interface Workflow {
  readonly permissions: object
  readonly jobs: Readonly<Record<string, Job>>
}

interface Job {
  readonly steps?: readonly { readonly uses?: string; readonly run?: string }[]
}

function workflow(file: string): Workflow {
  return parse(readFileSync(join(root, '.github/workflows', file), 'utf8'))
}

function weakness(name: string) {
  return { vulnerabilities: { [name]: { name, severity: 'high', range: '<9' } } }
}

/** Where npm knows of this in what is installed for production, and in all of it. */
function audit(shipped: object, all: object) {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'shipped.json'), JSON.stringify(shipped))
  writeFileSync(join(folder, 'all.json'), JSON.stringify(all))
  const npm = `#!/bin/sh\ncase "$*" in *--omit=dev*) cat ${folder}/shipped.json;; *) cat ${folder}/all.json;; esac\n`
  writeFileSync(join(folder, 'npm'), npm)
  chmodSync(join(folder, 'npm'), 0o755)
  return runNode(['test/package/audit.ts'], { PATH: `${folder}:${process.env.PATH}` })
}

function checkPublishable(manifest: object) {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  return runNode(['test/package/check-publishable.ts', folder])
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'liveparam-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
