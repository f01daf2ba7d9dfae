import type { KnownParameters, Outcome, Reading, StoredParameter } from '../ports.ts'
import { fullName, splitSelector } from '../schema/parameter-name.ts'

/** The SecureStrings that were read, so that no version is decrypted twice. */
export class VersionCache {
  /** By full name or ARN. There are several where versions or labels are asked for. */
  #versions = new Map<string, readonly StoredParameter[]>()

  /** `undefined` when nothing at all is known: looking without decryption first would then be a detour. */
  get known(): KnownParameters | undefined {
    if (this.#versions.size === 0) return undefined
    return (name, token) => this.#versions.get(name)?.find((version) => isSame(version, token))?.value
  }

  /** Keeps what a reading holds; of a complete one nothing else is kept. */
  remember(reading: Reading, { isComplete }: { readonly isComplete: boolean }): void {
    const versions = isComplete ? new Map<string, readonly StoredParameter[]>() : this.#versions
    const add = (name: string, parameter: StoredParameter) => {
      if (parameter.type !== 'SecureString') return
      const others = versions.get(name)
      if (others === undefined) versions.set(name, [parameter])
      else if (!others.some((version) => isSame(version, parameter))) versions.set(name, [...others, parameter])
    }
    for (const { parameters } of reading.hierarchies) for (const parameter of parameters) add(parameter.name, parameter)
    for (const [asked, outcome] of reading.names) {
      if (isFound(outcome)) add(fullName(splitSelector(asked).name), outcome.found)
    }
    this.#versions = versions
  }
}

type Token = Pick<StoredParameter, 'version' | 'modifiedAt'>

// With the date: a parameter that was deleted and created again counts from 1 again.
function isSame(left: Token, right: Token): boolean {
  return left.version === right.version && left.modifiedAt === right.modifiedAt
}

function isFound<Found>(outcome: Outcome<Found>): outcome is { readonly kind: 'found'; readonly found: Found } {
  return outcome.kind === 'found'
}
