import * as z from 'zod'

/** Something that is asked of AWS. */
export interface Call {
  readonly action: string
  /** An ARN, or `*` for an action that knows no resource. */
  readonly resource: string
  /** Which service asks, where that is for a policy of a resource to say. */
  readonly principal?: string
  readonly context?: Readonly<Record<string, string>>
}

const texts = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat())

const statementSchema = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.literal('Allow'),
  Principal: z.strictObject({ Service: z.string() }).optional(),
  Action: texts,
  Resource: texts.optional(),
  Condition: z
    .partialRecord(z.enum(['ArnEquals', 'StringEquals', 'StringLike']), z.record(z.string(), texts))
    .default({}),
})

export type Statement = z.infer<typeof statementSchema>

/** The statements of a policy document. */
export function statementsIn(document: unknown): readonly Statement[] {
  return z.strictObject({ Version: z.literal('2012-10-17'), Statement: z.array(statementSchema) }).parse(document)
    .Statement
}

/** Whether a statement allows a call, as IAM would have it. Only the policy of a role names no resource. */
export function allows({ Principal, Action, Resource = ['*'], Condition }: Statement, call: Call): boolean {
  const { principal, action, resource, context = {} } = call
  const isMet = ([key, wanted]: [string, readonly string[]]) =>
    wanted.some((pattern) => matches(pattern, context[key] ?? ''))
  return (
    Principal?.Service === principal &&
    Action.includes(action) &&
    Resource.some((pattern) => matches(pattern, resource)) &&
    Object.values(Condition).every((keys) => Object.entries(keys).every(isMet))
  )
}

/** A statement for each action on each resource. */
export function grantsOf(statement: Statement): readonly Statement[] {
  const { Action, Resource = [] } = statement
  return Action.flatMap((action) =>
    Resource.map((resource) => ({ ...statement, Action: [action], Resource: [resource] })),
  )
}

// Of IAM's wildcards, `*` is any text and `?` any one character.
function matches(pattern: string, value: string): boolean {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`).test(value)
}
