import type {
  DescribeParametersCommandInput,
  DescribeParametersCommandOutput,
  ParameterStringFilter,
} from '@aws-sdk/client-ssm'
import type { Clock, ReadRequest, StoredPolicy } from '../ports.ts'
import { isArn } from '../schema/arn.ts'
import { fullName, splitSelector } from '../schema/names.ts'
import { withDeadline } from '../time/deadline.ts'
import type { Call } from './client.ts'
import { dueBy } from './policies.ts'
import { chunk } from './routes.ts'

/** The means to describe parameters. */
export interface Describing {
  readonly call: Call
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** The policies of all requested parameters, except of shared ones, which are read by ARN. @throws AwsCallError */
export async function describePolicies(
  { hierarchies, names }: ReadRequest,
  describing: Describing,
): Promise<StoredPolicy[]> {
  const paths = [...new Set(hierarchies.map(({ path }) => path))]
  const single = names.map((name) => splitSelector(name).name).filter((name) => !isArn(name))
  const filters = [
    // The root holds everything, so it needs no filter.
    ...(paths.includes('/')
      ? [[]]
      : chunk(paths, valuesPerFilter).map((Values) => [{ Key: 'Path', Option: 'Recursive', Values }])),
    ...chunk([...new Set(single)].flatMap(spellingsOf), valuesPerFilter).map((Values) => [
      { Key: 'Name', Option: 'Equals', Values },
    ]),
  ]
  const policies: StoredPolicy[] = []
  for (const filter of filters) policies.push(...(await describeAll(filter, describing)))
  return policies
}

const valuesPerFilter = 50
// Policies are read once a day, without a caller that waits.
const pageTimeoutMs = 60_000
// Only parameters of these tiers can have policies.
const tiers: ParameterStringFilter = { Key: 'Tier', Option: 'Equals', Values: ['Advanced', 'Intelligent-Tiering'] }

async function describeAll(
  filter: ParameterStringFilter[],
  { call, clock, signal }: Describing,
): Promise<StoredPolicy[]> {
  const policies: StoredPolicy[] = []
  let NextToken: string | undefined
  do {
    const input: DescribeParametersCommandInput = {
      ParameterFilters: [...filter, tiers],
      MaxResults: 50,
      ...(NextToken !== undefined && { NextToken }),
    }
    // In sequence: AWS allows few of these calls, and does not document how many.
    const page = await withDeadline(clock, pageTimeoutMs, signal, (limit) =>
      call<DescribeParametersCommandOutput>('DescribeParameters', input, limit),
    )
    for (const { Name, LastModifiedDate, Policies = [] } of page.Parameters ?? []) {
      if (Name === undefined) continue
      const texts = Policies.map(({ PolicyText }) => PolicyText)
      policies.push(...dueBy({ parameter: fullName(Name), modifiedAt: LastModifiedDate?.getTime(), texts }))
    }
    NextToken = page.NextToken || undefined
  } while (NextToken !== undefined)
  return policies
}

// A parameter at the root is found only by the spelling that it was created with.
function spellingsOf(name: string): string[] {
  return name.lastIndexOf('/') === 0 ? [name, name.slice(1)] : [name]
}
