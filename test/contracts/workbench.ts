import { KMSClient } from '@aws-sdk/client-kms'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { PutParameterCommand, type PutParameterResult, SSMClient } from '@aws-sdk/client-ssm'
import { it } from 'vitest'

/** An implementation of the AWS APIs. */
export interface AwsUnderTest {
  readonly name: string
  readonly endpoint: string
  close(): Promise<void>
}

/** The known differences of an implementation from AWS. */
export type Differences = Partial<Record<Topic, string>>

type Topic =
  | 'alphabetical answers'
  | 'selectors in answers'
  | 'ARNs in GetParameters'
  | 'label filter'
  | 'last page'
  | 'name rules'
  | 'value rules'
  | 'type changes'
  | 'opaque ciphertext'
  | 'unknown keys'
  | 'reference names'
  | 'reference source'
  | 'bad references'
  | 'references undecrypted'
  | 'binary references'
  | 'secret errors'
  | 'stage moves'

/** The clients that contracts use. Connected once the implementation runs. */
export class Workbench {
  readonly #differences: Differences
  #clients: Clients | undefined
  #folders = 0

  constructor(differences: Differences) {
    this.#differences = differences
  }

  connect(endpoint: string): void {
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
    const options = { endpoint, region: 'us-east-1', credentials, maxAttempts: 1 }
    this.#clients = {
      ssm: new SSMClient(options),
      secrets: new SecretsManagerClient(options),
      kms: new KMSClient(options),
    }
  }

  disconnect(): void {
    for (const client of Object.values(this.#clients ?? {})) client.destroy()
  }

  get ssm(): SSMClient {
    return this.#connected.ssm
  }

  get secrets(): SecretsManagerClient {
    return this.#connected.secrets
  }

  get kms(): KMSClient {
    return this.#connected.kms
  }

  /** A path that no other test uses. */
  path(): string {
    return `/contract/f${this.#folders++}`
  }

  put(Name: string, Value: string, more: object = {}): Promise<PutParameterResult> {
    return this.ssm.send(new PutParameterCommand({ Name, Value, Type: 'String', ...more }))
  }

  overwrite(Name: string, Value: string): Promise<PutParameterResult> {
    return this.put(Name, Value, { Overwrite: true })
  }

  /** A test that must fail if the implementation is known to differ. */
  asAws(topic: Topic, behaviour: string, test: () => Promise<void>): void {
    const difference = this.#differences[topic]
    if (difference === undefined) it(behaviour, test)
    else it.fails(`${behaviour} [differs: ${difference}]`, test)
  }

  get #connected(): Clients {
    if (this.#clients === undefined) throw new Error('the implementation does not run yet')
    return this.#clients
  }
}

interface Clients {
  readonly ssm: SSMClient
  readonly secrets: SecretsManagerClient
  readonly kms: KMSClient
}

/** The name of the error of a call. */
export function errorOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'no error',
    (error: Error) => error.name,
  )
}
