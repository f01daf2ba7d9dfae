/** The parts of an ARN that names a region and an account. */
export interface Arn {
  readonly partition: string
  readonly service: string
  readonly region: string
  readonly account: string
  readonly resource: string
}

/** Whether a name or id is an ARN. */
export function isArn(text: string): boolean {
  return text.startsWith('arn:')
}

/** Takes `arn:aws:sns:eu-west-1:123456789012:config-changes` apart; `undefined` for any other text. */
export function parseArn(text: string): Arn | undefined {
  const [, partition = '', service = '', region = '', account = '', resource = ''] = pattern.exec(text) ?? []
  return resource === '' ? undefined : { partition, service, region, account, resource }
}

/** The parts of a topic's ARN; `undefined` for any other text. */
export function parseTopicArn(text: string): Arn | undefined {
  const arn = parseArn(text)
  return arn?.service === 'sns' && /^[\w-]+(?:\.fifo)?$/.test(arn.resource) ? arn : undefined
}

const pattern = /^arn:(aws[a-z-]*):([a-z0-9-]+):([a-z0-9-]+):(\d{12}):(.+)$/
