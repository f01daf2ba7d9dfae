import { binarySecret, textSecret } from '../aws/secret-failures.ts'
import type { Clock, Outcome, SecretRequest, StoredSecret } from '../ports.ts'

/** One version of a secret. */
export interface MemorySecret {
  /** Text, or bytes for a binary secret. */
  readonly value: string | Uint8Array
  /** @default one that counts up */
  readonly versionId?: string
  /** @default `AWSCURRENT`, which leaves `AWSPREVIOUS` behind */
  readonly stage?: string
}

/** Secrets with their versions and stages. */
export class MemorySecrets {
  readonly #clock: Clock | undefined
  readonly #versions = new Map<string, SecretVersion[]>()

  constructor(clock: Clock | undefined) {
    this.#clock = clock
  }

  put(id: string, given: string | Uint8Array | MemorySecret): { readonly versionId: string } {
    const versions = this.#versions.get(id) ?? []
    const secret: MemorySecret = typeof given === 'string' || given instanceof Uint8Array ? { value: given } : given
    const { value, stage = 'AWSCURRENT' } = secret
    const versionId = secret.versionId ?? `00000000-0000-4000-8000-${String(versions.length + 1).padStart(12, '0')}`
    const modifiedAt = this.#clock?.now()
    if (stage === 'AWSCURRENT') passOn(versions)
    for (const { stages } of versions) stages.delete(stage)
    versions.push({ versionId, value, stages: new Set([stage]), ...(modifiedAt !== undefined && { modifiedAt }) })
    this.#versions.set(id, versions)
    return { versionId }
  }

  delete(id: string): void {
    this.#versions.delete(id)
  }

  read({ id, selector = 'AWSCURRENT', binary }: SecretRequest): Outcome<StoredSecret> {
    const version = this.#versions
      .get(id)
      ?.find(({ versionId, stages }) => versionId === selector || stages.has(selector))
    if (version === undefined) return { kind: 'missing' }
    if (binary !== (typeof version.value !== 'string'))
      return { kind: 'failed', failure: binary ? textSecret : binarySecret }
    const { stages, ...found } = version
    return { kind: 'found', found }
  }
}

interface SecretVersion extends StoredSecret {
  readonly stages: Set<string>
}

function passOn(versions: readonly SecretVersion[]): void {
  const current = versions.find(({ stages }) => stages.has('AWSCURRENT'))
  if (current === undefined) return
  for (const { stages } of versions) stages.delete('AWSPREVIOUS')
  current.stages.add('AWSPREVIOUS')
}
