import { Spec, Validation } from '@cyclonedx/cyclonedx-library'
import { beforeAll, describe, expect, it } from 'vitest'
import { manifest } from '../support/entry-points.ts'
import { runNode } from '../support/run-process.ts'

interface Component {
  readonly name: string
  readonly version: string
  readonly licenses?: readonly object[]
  readonly hashes?: readonly object[]
}

interface Bill {
  readonly metadata: { readonly component: Component }
  readonly components: readonly Component[]
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[]
}

describe('npm run sbom', () => {
  let text = ''
  let bill: Bill

  beforeAll(async () => {
    const { code, output, errors } = await runNode(['test/package/sbom.ts'])
    expect({ code, errors }).toEqual({ code: 0, errors: '' })
    text = output
    bill = JSON.parse(output)
  }, 60_000)

  it('prints a bill that is valid CycloneDX', async () => {
    const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot5)

    expect(await validator.validate(text)).toBeNull()
    expect(await validator.validate(text.replace('"library"', '"no such type"'))).not.toBeNull()
  })

  it('describes this version of liveparam, with its dependencies', () => {
    const { name, version, dependencies } = manifest
    const own = bill.dependencies.find(({ ref }) => ref === `${name}@${version}`)
    const names = own?.dependsOn.map((ref) => ref.replace(/(?<=.)@.*$/, ''))

    expect(bill.metadata.component).toMatchObject({ name, version })
    expect(names?.sort()).toEqual(Object.keys(dependencies).sort())
  })

  it('gives the licence and the hash of each package', () => {
    const incomplete = bill.components.filter(({ licenses = [], hashes = [] }) => licenses.length * hashes.length === 0)

    expect(incomplete).toEqual([])
  })

  it('names each package that a dependency needs, and none of development', () => {
    const names = bill.components.map(({ name }) => name)

    expect(names).toEqual(expect.arrayContaining(['@aws-sdk/core', '@smithy/core', 'is-network-error']))
    expect(names.filter((name) => name in manifest.devDependencies && !(name in manifest.dependencies))).toEqual([])
  })
})
