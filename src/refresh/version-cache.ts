import type { KnownParameters, Outcome, Reading, StoredParameter } from '../ports.ts'
import { fullName, splitSelector } from '../schema/names.ts'

/** The decrypted SecureStrings, so that no version is decrypted twice. */
export class VersionCache {
  /** By full name or ARN. A name has several versions if the plan requests versions or labels. */
  #versions = new Map<string, readonly StoredParameter[]>()

  /** `undefined` when the cache is empty: a first call without decryption would be wasted. */
  get known(): KnownParameters | undefined {
    if (this.#versions.size === 0) return undefined
    return (name, token) => this.#versions.get(name)?.find((version) => isSame(version, token))?.value
  }

  /** Adds the parameters of a reading. A complete reading replaces all others. */
  remember(reading: Reading, { isComplete }: { readonly isComplete: boolean }): void {
    const versions = isComplete ? new Map<string, readonly StoredParameter[]>() : this.#versions
    const add = (name: string, parameter: StoredParameter) => {
      if (parameter.type !== 'SecureString') return
      const others = versions.get(name)
      if (others === undefined) versions.set(name, [parameter])
      else if (!others.some((version) => isSame(version, parameter))) versions.set(name, [...others, parameter])
    }
    for (const { parameters } of reading.hierarchies) for (const parameter of parameters) add(parameter.name, parameter)
    for (const [requested, outcome] of reading.names) {
      if (isFound(outcome)) add(fullName(splitSelector(requested).name), outcome.found)
    }
    this.#versions = versions
  }
}

type Token = Pick<StoredParameter, 'version' | 'modifiedAt'>

// With the date, because a parameter that was deleted and created again restarts at version 1.
function isSame(left: Token, right: Token): boolean {
  return left.version === right.version && left.modifiedAt === right.modifiedAt
}

function isFound<Found>(outcome: Outcome<Found>): outcome is { readonly kind: 'found'; readonly found: Found } {
  return outcome.kind === 'found'
}
