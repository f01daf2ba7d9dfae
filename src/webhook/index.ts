import type { ServerResponse } from 'node:http'
import { anything, aWebUrl, type Check, checkArguments, isString } from '../messages/check-arguments.ts'
import type { WebhookRequest } from '../notifications/request-body.ts'
import { snsHostOf } from '../notifications/sns-signature.ts'
import type { Inbox, ListenOptions, NotificationSource } from '../ports.ts'
import { WebhookReceiver } from './webhook-receiver.ts'

export type { WebhookRequest } from '../notifications/request-body.ts'

/** The senders that may report changes over HTTP. At least one of `topicArns` and `apiKey` is required. */
export interface WebhookOptions {
  /** The topics whose messages are accepted, such as `arn:aws:sns:eu-west-1:123456789012:config-changes`. */
  readonly topicArns?: string | readonly string[]
  /** The API key of an EventBridge connection, which its API destinations send. */
  readonly apiKey?: ApiKey
  /**
   * The URL of another endpoint, such as a local AWS, for the confirmation of subscriptions and for certificates.
   * @default the endpoint of the topic's region
   */
  readonly endpoint?: string
}

/** A secret that the sender must know. */
export interface ApiKey {
  /**
   * The name of the header.
   * @default 'x-api-key'
   */
  readonly header?: string
  /** At least 16 characters. Give both the old and the new key while you replace a key. */
  readonly value: string | readonly string[]
}

/** A notification source that receives changes over HTTP. */
export interface WebhookNotifications extends NotificationSource {
  /** For `app.post(path, handler)` of Express, and for `createServer(handler)` of `node:http`. Never throws. */
  readonly handler: (request: WebhookRequest, response: ServerResponse) => void
}

/**
 * Receives changes over HTTP: from SNS subscriptions, whose signatures are verified, and from EventBridge API
 * destinations, which send a key. Each instance of a fleet must receive each change.
 *
 * @throws TypeError when the options accept no sender, or are too weak to keep others out.
 */
export function webhookNotifications(options: WebhookOptions): WebhookNotifications {
  const caller = 'webhookNotifications()'
  checkArguments(caller, options, checks)
  if (options.apiKey !== undefined) checkArguments(`${caller}: apiKey`, options.apiKey, keyChecks)
  const topicArns = [options.topicArns ?? []].flat()
  const keys = [options.apiKey?.value ?? []].flat()
  const header = (options.apiKey?.header ?? 'x-api-key').toLowerCase()
  if (topicArns.length + keys.length === 0) {
    const needed = options.apiKey === undefined ? 'apiKey' : 'apiKey.value'
    throw new TypeError(`webhookNotifications(): give topicArns, ${needed}, or both`)
  }
  if (!topicArns.every((arn) => snsHostOf(String(arn)) !== undefined)) {
    throw new TypeError('webhookNotifications(): topicArns must be ARNs of SNS topics')
  }
  if (!keys.every((key) => typeof key === 'string' && key.length >= minKeyLength)) {
    throw new TypeError(`webhookNotifications(): apiKey.value takes at least ${minKeyLength} characters`)
  }
  if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(header))
    throw new TypeError('webhookNotifications(): apiKey.header must be the name of a header')
  const webhook = new WebhookReceiver({
    topicArns: new Set(topicArns),
    keys,
    header,
    endpoint: options.endpoint,
    fetch: globalThis.fetch,
  })
  return Object.freeze({
    name: 'webhook',
    isPassive: true,
    handler: (request: WebhookRequest, response: ServerResponse) => void webhook.serve(request, response),
    listen: (inbox: Inbox, how: ListenOptions) => webhook.listen(inbox, how),
  })
}

const checks: Readonly<Record<keyof WebhookOptions, Check>> = {
  topicArns: anything,
  apiKey: [(value) => typeof value === 'object' && value !== null, 'an object such as { value: key }'],
  endpoint: aWebUrl,
}
const keyChecks: Readonly<Record<keyof ApiKey, Check>> = { header: isString, value: anything }

const minKeyLength = 16
