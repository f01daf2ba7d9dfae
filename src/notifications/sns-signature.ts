import { createVerify, type KeyObject, X509Certificate } from 'node:crypto'
import { singleFlight } from '../calls/single-flight.ts'
import { makeTokenBucket } from '../calls/token-bucket.ts'
import type { Clock } from '../ports.ts'
import { steadyTime } from '../time/steady-time.ts'
import type { Fetch } from './fetch-text.ts'
import { fetchText } from './fetch-text.ts'
import { type SnsMessage, signedText } from './sns-message.ts'

/** Whether a message is what it says: `unknown` when that cannot be found out for now. */
export type Verdict = 'genuine' | 'forged' | 'unknown'

/** What is needed to check signatures. */
export interface SnsVerifierOptions {
  readonly clock: Clock
  readonly fetch: Fetch
  /** Where certificates are instead of where messages say. */
  readonly endpoint: string | undefined
}

interface Certificate {
  readonly key: KeyObject
  readonly validFrom: number
  readonly validTo: number
}

// Amazon renews them about once a year.
const maxCertificates = 16
const maxCertificateBytes = 65_536
const fetchTimeoutMs = 2_000
// Whoever forges messages must not have us ask for whatever they like, however often they like.
const fetchBudget = { capacity: 10, rate: 1 / 10 }

/** Checks the signatures of SNS, with certificates that are asked for where Amazon has them and nowhere else. */
export class SnsVerifier {
  readonly #options: SnsVerifierOptions
  readonly #certificates = new Map<string, Certificate>()
  readonly #flights = singleFlight<Certificate | 'forged' | 'unknown'>()
  readonly #budget = makeTokenBucket(fetchBudget)
  readonly #time = steadyTime()

  constructor(options: SnsVerifierOptions) {
    this.#options = options
  }

  async verify(message: SnsMessage, signal: AbortSignal): Promise<Verdict> {
    if (!isCertificateOf(message)) return 'forged'
    const certificate = await this.#certificateAt(message.SigningCertURL, signal)
    if (typeof certificate === 'string') return certificate
    const now = this.#options.clock.now()
    if (now < certificate.validFrom || now > certificate.validTo) return 'forged'
    const algorithm = message.SignatureVersion === '2' ? 'RSA-SHA256' : 'RSA-SHA1'
    const verify = createVerify(algorithm).update(signedText(message))
    return verify.verify(certificate.key, message.Signature, 'base64') ? 'genuine' : 'forged'
  }

  async #certificateAt(url: string, signal: AbortSignal): Promise<Certificate | 'forged' | 'unknown'> {
    const known = this.#certificates.get(url)
    if (known !== undefined) return known
    return this.#flights.run(url, (flight) => this.#fetch(url, flight), { signal })
  }

  async #fetch(url: string, signal: AbortSignal): Promise<Certificate | 'forged' | 'unknown'> {
    const { clock, fetch, endpoint } = this.#options
    this.#budget.fill(this.#time(clock))
    if (this.#budget.take() > 0) return 'unknown'
    const place = endpoint === undefined ? url : new URL(new URL(url).pathname, endpoint).href
    const limits = { clock, signal, timeoutMs: fetchTimeoutMs, maxBytes: maxCertificateBytes }
    const fetched = await fetchText(fetch, place, limits)
    if (fetched === 'unreachable') return 'unknown'
    const certificate = fetched === 'absent' ? undefined : readCertificate(fetched.text)
    if (certificate === undefined) return 'forged'
    const [oldest] = this.#certificates.keys()
    if (this.#certificates.size >= maxCertificates && oldest !== undefined) this.#certificates.delete(oldest)
    this.#certificates.set(url, certificate)
    return certificate
  }
}

/** The host of SNS in the region of a topic, in that part of AWS. */
export function snsHostOf(topicArn: string): string | undefined {
  const [, partition, region] = /^arn:(aws[a-z-]*):sns:([a-z0-9-]+):\d{12}:[\w-]+(?:\.fifo)?$/.exec(topicArn) ?? []
  if (region === undefined) return undefined
  return `sns.${region}.amazonaws.com${partition === 'aws-cn' ? '.cn' : ''}`
}

// Of the topic's own region: nothing else would do, and nothing else is asked for.
function isCertificateOf({ SigningCertURL, TopicArn }: SnsMessage): boolean {
  const host = snsHostOf(TopicArn)
  if (host === undefined) return false
  const prefix = `https://${host}/SimpleNotificationService-`
  return SigningCertURL.startsWith(prefix) && /^[\w-]+\.pem$/.test(SigningCertURL.slice(prefix.length))
}

function readCertificate(pem: string): Certificate | undefined {
  try {
    const { publicKey, validFrom, validTo } = new X509Certificate(pem)
    if (publicKey.asymmetricKeyType !== 'rsa') return undefined
    return { key: publicKey, validFrom: Date.parse(validFrom), validTo: Date.parse(validTo) }
  } catch {
    return undefined
  }
}
