import type { KnownParameters, Outcome, Reading, StoredParameter } from '../ports.ts'
import { fullName, splitSelector } from '../schema/parameter-name.ts'

/** The text of SecureStrings by name and version, so that no version is decrypted twice. */
export class VersionCache {
  #texts = new Map<string, string>()

  /** `undefined` when nothing at all is known: looking without decryption first would then be a detour. */
  get known(): KnownParameters | undefined {
    return this.#texts.size === 0 ? undefined : (name, token) => this.#texts.get(versionKey(name, token))
  }

  /** Keeps what a reading holds; of a complete one nothing else is kept. */
  remember(reading: Reading, { isComplete }: { readonly isComplete: boolean }): void {
    const texts = isComplete ? new Map<string, string>() : this.#texts
    const add = (name: string, parameter: StoredParameter) => {
      if (parameter.type === 'SecureString') texts.set(versionKey(name, parameter), parameter.value)
    }
    for (const { parameters } of reading.hierarchies) for (const parameter of parameters) add(parameter.name, parameter)
    for (const [asked, outcome] of reading.names) {
      if (isFound(outcome)) add(fullName(splitSelector(asked).name), outcome.found)
    }
    this.#texts = texts
  }
}

// With the date: a parameter that was deleted and created again counts from 1 again.
function versionKey(name: string, { version, modifiedAt }: Pick<StoredParameter, 'version' | 'modifiedAt'>): string {
  return `${name} ${version} ${modifiedAt ?? ''}`
}

function isFound<Found>(outcome: Outcome<Found>): outcome is { readonly kind: 'found'; readonly found: Found } {
  return outcome.kind === 'found'
}
