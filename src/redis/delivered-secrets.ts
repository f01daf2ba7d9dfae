import type { Hint, Outcome, Reading, ReadRequest, StoredSecret } from '../ports.ts'
import { secretKey } from '../schema/secret-id.ts'
import type { SharedContent } from './shared-content.ts'

/** The versions of the secrets that a config was answered with. */
export class DeliveredSecrets {
  /** By `secretKey`. */
  readonly #versions = new Map<string, string>()

  add({ secrets }: ReadRequest, reading: Reading): void {
    for (const [index, secret] of secrets.entries()) {
      const outcome = reading.secrets[index]
      if (outcome !== undefined) this.#versions.set(secretKey(secret), versionOf(outcome))
    }
  }

  /** Hints for the secrets that have another version. A refresh reads only the secrets that are due or hinted. */
  changesIn({ secrets }: SharedContent): Hint[] {
    return [...secrets.values()].flatMap(({ request, outcome }): Hint[] => {
      const delivered = this.#versions.get(secretKey(request))
      if (delivered === undefined || delivered === versionOf(outcome)) return []
      const subject = { kind: 'secret', name: request.id } as const
      if (outcome.kind === 'missing') return [{ ...subject, operation: 'delete' }]
      const { selector = 'AWSCURRENT' } = request
      return [{ ...subject, operation: 'put', label: selector, version: outcome.found.versionId }]
    })
  }
}

function versionOf(outcome: Outcome<StoredSecret>): string {
  return outcome.kind === 'found' ? outcome.found.versionId : outcome.kind
}
