/** The parts of an ARN. The resource keeps its own colons and slashes. */
export interface Arn {
  readonly service: string
  readonly resource: string
  /** Whether partition, region and account are well-formed. */
  readonly isComplete: boolean
}

export function isArn(text: string): boolean {
  return text.startsWith('arn:')
}

/** @returns `undefined` for text that is not an ARN. */
export function parseArn(text: string): Arn | undefined {
  const [, place = '', service, region, account, resource] =
    /^arn:([^:]*):([^:]*):([^:]*):([^:]*):(.*)$/s.exec(text) ?? []
  if (service === undefined || resource === undefined) return undefined
  const isComplete = /^aws[\w-]*:[\w-]+:\d{12}$/.test([place, region, account].join(':'))
  return { service, resource, isComplete }
}
