/** The parts of an ARN. The resource keeps its own colons and slashes. */
export interface Arn {
  readonly partition: string
  readonly service: string
  readonly region: string
  readonly account: string
  readonly resource: string
  /** Whether partition, region and account are well-formed. */
  readonly isComplete: boolean
}

export function isArn(text: string): boolean {
  return text.startsWith('arn:')
}

/** @returns `undefined` for text that is not an ARN. */
export function parseArn(text: string): Arn | undefined {
  const [match, partition = '', service = '', region = '', account = '', resource = ''] =
    /^arn:([^:]*):([^:]*):([^:]*):([^:]*):(.*)$/s.exec(text) ?? []
  if (match === undefined) return undefined
  const isComplete = /^aws[\w-]*:[\w-]+:\d{12}$/.test([partition, region, account].join(':'))
  return { partition, service, region, account, resource, isComplete }
}
