import { fails } from './story.ts'

/** A call: its operation, for example `ssm:GetParameter`, and its input. */
export type Call = readonly [operation: string, input: object]

/** A call, and the known answer of AWS. */
export interface KnownAnswer {
  readonly about: string
  /** The evidence for the answer. */
  readonly source: keyof typeof sources
  /** Preceding calls, which must succeed. */
  readonly before?: readonly Call[]
  readonly call: Call
  /** The whole body, or a part of it with `objectContaining`. */
  readonly answer: object
}

export const sources = {
  /** The service models in botocore 1.44: constraints and declared errors. */
  model: 'botocore 1.44',
  /** The API references and user guides. */
  guide: 'docs.aws.amazon.com',
  /** Recorded on AWS in 2024 and 2025 by tests/aws/services/{ssm,secretsmanager} of LocalStack. */
  localstack: 'LocalStack, validated on AWS',
  /** Asserted by tests/test_{ssm,secretsmanager} of moto that are marked as verified on AWS. */
  moto: 'moto, verified on AWS',
  /** Asserted by tests of moto that copy texts of AWS, but are not marked as verified. */
  motoTexts: 'moto, texts of AWS',
  /** Measured in eu-west-1 on 2026-09-28 by an integration test of floci for references. */
  floci: 'floci, measured on AWS',
  /** Quoted in reports of users. */
  report: 'reports of users',
} as const

export function refused(type: string, message?: unknown): Pick<KnownAnswer, 'answer'> {
  return { answer: fails(type, message) }
}

export const token = (digit: number): string => `${digit}0000000-0000-4000-8000-000000000000`.slice(0, 36)
