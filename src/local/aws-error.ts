/** An error in the form of AWS: the name is the error code. */
export class AwsError extends Error {
  override readonly name: string
  readonly status: number
  /** Additional members of the body, and headers. */
  readonly extra: { readonly body?: object; readonly headers?: Readonly<Record<string, string>> | undefined }

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

/** The error for a member that breaks a constraint of the service model, in the wording of AWS. */
export function constraint(member: string, value: string, rule: string): AwsError {
  return validation(
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: ${rule}`,
  )
}

/** The error for a member with the wrong JSON type. */
export function mistyped(member: string): AwsError {
  return new AwsError('SerializationException', `${member} has an unexpected type`)
}

/** FIFO queues and topics are not implemented. */
export function noFifo(what: string): AwsError {
  return new AwsError(
    'UnsupportedOperation',
    `The local AWS does not support FIFO ${what}: use a standard one, or test this against AWS`,
  )
}
