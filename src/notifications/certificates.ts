import type { KeyObject } from 'node:crypto'

/** What a certificate of SNS says. */
export interface Certificate {
  readonly key: KeyObject
  readonly validFrom: number
  readonly validTo: number
}

// Amazon renews them about once a year.
const maxHeld = 16

/**
 * Certificates by URL. A certificate that a genuine message was signed with is never dropped for one that only a forged
 * message named: it takes no more than an HTTP client to name a certificate.
 */
export class Certificates {
  readonly #proven = new Map<string, Certificate>()
  readonly #named = new Map<string, Certificate>()

  get(url: string): Certificate | undefined {
    return this.#proven.get(url) ?? this.#named.get(url)
  }

  /** Holds a certificate that a message named. */
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
