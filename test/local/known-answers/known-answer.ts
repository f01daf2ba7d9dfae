/** A call: its operation, such as `ssm:GetParameter`, and its input. */
export type Call = readonly [operation: string, input: object]

/** A call whose answer on AWS is known. */
export interface KnownAnswer {
  readonly about: string
  /** Where the answer is known from. */
  readonly source: keyof typeof sources
  /** Calls that have to succeed before. */
  readonly before?: readonly Call[]
  readonly call: Call
  readonly status: number
  /** The whole body, or with `objectContaining` a part of it. */
  readonly answer: object
}

export const sources = {
  /** The service models in botocore 1.44: constraints and declared errors. */
  model: 'botocore 1.44',
  /** The API references and user guides. */
  guide: 'docs.aws.amazon.com',
  /** Tests of LocalStack that were recorded on AWS: tests/aws/services/{ssm,secretsmanager}, 2024 and 2025. */
  localstack: 'LocalStack, validated on AWS',
  /** Tests of moto that are marked as verified on AWS: tests/test_{ssm,secretsmanager}. */
  moto: 'moto, verified on AWS',
  /** Tests of moto that copy texts of AWS without having been verified by a machine. */
  motoTexts: 'moto, texts of AWS',
  /** An integration test of floci for references, measured in eu-west-1 on 2026-09-28. */
  floci: 'floci, measured on AWS',
  /** Answers that users quoted in reports. */
  report: 'reports of users',
} as const

export function refused(type: string, message?: unknown): Pick<KnownAnswer, 'status' | 'answer'> {
  return { status: 400, answer: { __type: type, ...(message !== undefined && { message }) } }
}

export const token = (digit: number): string => `${digit}0000000-0000-4000-8000-000000000000`.slice(0, 36)
