import type {
  HierarchyReading,
  HierarchyRequest,
  Outcome,
  ParameterSource,
  Reading,
  ReadRequest,
  SavedReading,
  SecretRequest,
  StoredSecret,
} from '../ports.ts'
import { secretKey } from '../schema/secret-id.ts'

/** Reads a saved reading instead of AWS. It was saved for the same request, so every path and name is known. */
export class SavedSource implements ParameterSource {
  readonly #saved: SavedReading
  readonly #hierarchies: ReadonlyMap<HierarchyRequest, HierarchyReading | undefined>
  readonly #secrets: ReadonlyMap<string, Outcome<StoredSecret>>

  /** @param request The request that the reading answers. */
  constructor(saved: SavedReading, { hierarchies }: ReadRequest) {
    this.#saved = saved
    this.#hierarchies = new Map(hierarchies.map((request, index) => [request, saved.reading.hierarchies[index]]))
    this.#secrets = new Map(saved.secrets.map(({ request, outcome }) => [secretKey(request), outcome]))
  }

  async read({ hierarchies, names, secrets }: ReadRequest): Promise<Reading> {
    return {
      hierarchies: hierarchies.map((request) => this.#hierarchies.get(request) ?? emptyHierarchy),
      names: new Map(names.map((name) => [name, this.#saved.reading.names.get(name) ?? missing])),
      secrets: secrets.map((secret) => this.#outcomeOf(secret)),
      calls: 0,
    }
  }

  #outcomeOf(secret: SecretRequest): Outcome<StoredSecret> {
    return this.#secrets.get(secretKey(secret)) ?? missing
  }
}

const missing = { kind: 'missing' } as const
const emptyHierarchy: HierarchyReading = { parameters: [], failures: new Map() }
