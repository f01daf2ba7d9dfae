import { createVerify, X509Certificate } from 'node:crypto'
import type { Clock } from '../ports.ts'
import { Coalescer } from '../time/coalesce.ts'
import { steadyClock } from '../time/steady-clock.ts'
import { TokenBucket } from '../time/token-bucket.ts'
import { type Certificate, Certificates } from './certificates.ts'
import type { Fetch } from './fetch-text.ts'
import { fetchText } from './fetch-text.ts'
import { type SnsMessage, signedText } from './sns-message.ts'
import { parseTopicArn } from './topic-arn.ts'

/** The authenticity of a message: `unknown` when it cannot be checked for now. */
export type Authenticity = 'genuine' | 'forged' | 'unknown'

/** What a verifier needs. */
export interface SnsVerifierOptions {
  readonly clock: Clock
  readonly fetch: Fetch
  /** The trusted topics. Certificates are downloaded only from their regions. */
  readonly topicArns: ReadonlySet<string>
  /** Replaces the origin of the certificate URLs. */
  readonly endpoint: string | undefined
}

const maxCertificateBytes = 65_536
const fetchTimeoutMs = 2_000
// Limits the downloads that forged messages cause.
const fetchBudget = { capacity: 10, rate: 1 / 10 }

/** Verifies the signatures of SNS, with certificates that are downloaded only from Amazon's hosts. */
export class SnsVerifier {
  readonly #options: SnsVerifierOptions
  readonly #hosts: ReadonlySet<string>
  readonly #certificates = new Certificates()
  readonly #downloads = new Coalescer<Certificate | 'forged' | 'unknown'>()
  readonly #budget = new TokenBucket(fetchBudget)
  readonly #time = steadyClock()

  constructor(options: SnsVerifierOptions) {
    this.#options = options
    this.#hosts = new Set([...options.topicArns].flatMap((arn) => snsHostOf(arn) ?? []))
  }

  /**
   * Does the same work for a message of any topic, up to the last comparison: neither the answer nor its time reveals
   * which topics are trusted.
   */
  async verify(message: SnsMessage, signal: AbortSignal): Promise<Authenticity> {
    const host = certificateHost(message.SigningCertURL)
    if (host === undefined || !this.#hosts.has(host)) return 'forged'
    const certificate = await this.#certificateAt(message.SigningCertURL, signal)
    if (typeof certificate === 'string') return certificate
    const now = this.#options.clock.now()
    if (now < certificate.validFrom || now > certificate.validTo) return 'forged'
    const algorithm = message.SignatureVersion === '2' ? 'RSA-SHA256' : 'RSA-SHA1'
    const verify = createVerify(algorithm).update(signedText(message))
    if (!verify.verify(certificate.key, message.Signature, 'base64')) return 'forged'
    this.#certificates.prove(message.SigningCertURL)
    // Each region signs only for its own topics.
    const isTrusted = this.#options.topicArns.has(message.TopicArn) && host === snsHostOf(message.TopicArn)
    return isTrusted ? 'genuine' : 'forged'
  }

  async #certificateAt(url: string, signal: AbortSignal): Promise<Certificate | 'forged' | 'unknown'> {
    const known = this.#certificates.get(url)
    if (known !== undefined) return known
    return this.#downloads.run(url, (shared) => this.#fetch(url, shared), { signal })
  }

  async #fetch(url: string, signal: AbortSignal): Promise<Certificate | 'forged' | 'unknown'> {
    const { clock, fetch, endpoint } = this.#options
    this.#budget.fill(this.#time(clock.now()))
    if (this.#budget.take() > 0) return 'unknown'
    const place = endpoint === undefined ? url : new URL(new URL(url).pathname, endpoint).href
    const limits = { clock, signal, timeoutMs: fetchTimeoutMs, maxBytes: maxCertificateBytes }
    const fetched = await fetchText(fetch, place, limits)
    if (fetched === 'unreachable') return 'unknown'
    if (fetched === 'absent') return 'forged'
    // Amazon serves nothing else there: a proxy answered, or the file is incomplete.
    const certificate = readCertificate(fetched.text)
    if (certificate === undefined) return 'unknown'
    this.#certificates.add(url, certificate)
    return certificate
  }
}

/** The host of SNS in the partition and region of a topic. */
export function snsHostOf(topicArn: string): string | undefined {
  const arn = parseTopicArn(topicArn)
  return arn && `sns.${arn.region}.amazonaws.com${arn.partition === 'aws-cn' ? '.cn' : ''}`
}

function certificateHost(url: string): string | undefined {
  return /^https:\/\/(sns\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?)\/SimpleNotificationService-[\w-]+\.pem$/.exec(url)?.[1]
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
