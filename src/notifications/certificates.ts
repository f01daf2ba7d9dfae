import type { KeyObject } from 'node:crypto'

/** The parts of an SNS certificate that verification needs. */
export interface Certificate {
  readonly key: KeyObject
  readonly validFrom: number
  readonly validTo: number
}

// Amazon renews its certificates about once a year.
const maxHeld = 16

/**
 * Certificates by URL. A certificate that verified a message is never dropped for a certificate that a message only
 * named: any HTTP client can name one.
 */
export class Certificates {
  readonly #proven = new Map<string, Certificate>()
  readonly #named = new Map<string, Certificate>()

  get(url: string): Certificate | undefined {
    return this.#proven.get(url) ?? this.#named.get(url)
  }

  /** Adds a certificate that a message named. */
  add(url: string, certificate: Certificate): void {
    put(this.#named, url, certificate)
  }

  /** Keeps a certificate that verified a message. */
  prove(url: string): void {
    const certificate = this.#named.get(url)
    if (certificate === undefined) return
    this.#named.delete(url)
    put(this.#proven, url, certificate)
  }
}

function put(held: Map<string, Certificate>, url: string, certificate: Certificate): void {
  const [oldest] = held.keys()
  if (held.size >= maxHeld && oldest !== undefined) held.delete(oldest)
  held.set(url, certificate)
}
