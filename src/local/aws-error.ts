/** An error as AWS answers it. */
export class AwsError extends Error {
  override readonly name: string
  readonly status: number
  /** More members of the answer, and headers. */
  readonly extra: { readonly body?: object; readonly headers?: Readonly<Record<string, string>> }

  constructor(name: string, message: string, status = 400, extra: AwsError['extra'] = {}) {
    super(message)
    this.name = name
    this.status = status
    this.extra = extra
  }
}

export function validation(message: string): AwsError {
  return new AwsError('ValidationException', message)
}

/** A member that breaks a constraint of the service model, in the words of AWS's own validator. */
export function constraint(member: string, value: unknown, rule: string): AwsError {
  const shown = value === undefined ? 'Value null' : `Value '${String(value)}'`
  return validation(`1 validation error detected: ${shown} at '${member}' failed to satisfy constraint: ${rule}`)
}

/** A member whose JSON type is wrong. */
export function mistyped(member: string): AwsError {
  return new AwsError('SerializationException', `${member} has an unexpected type`)
}

/** FIFO queues and topics are not implemented. */
export function noFifo(what: string): AwsError {
  return new AwsError(
    'UnsupportedOperation',
    `The local AWS does not have FIFO ${what}: use a standard one, or test this against AWS`,
  )
}
