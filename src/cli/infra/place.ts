import type { Arguments } from '../arguments.ts'
import { type OptionSpec, UsageError } from '../command.ts'

/** Where a service runs, as far as it is known. */
export interface Place {
  readonly account?: string
  readonly region?: string
  readonly partition?: string
}

export const placeOptions: Readonly<Record<string, OptionSpec>> = {
  account: { type: 'string', value: '<id>', help: 'The AWS account, if it should be fixed in the output' },
  region: { type: 'string', value: '<region>', help: 'The AWS region, if it should be fixed in the output' },
  key: {
    type: 'string',
    value: '<arn>',
    multiple: true,
    help: 'The KMS key of the parameters and secrets, by its ARN or id, instead of all keys of the account',
  },
}

/** @throws UsageError for an account or a region that AWS cannot have. */
export function placeIn(given: Arguments, region: string | undefined): Place {
  const account = given.text('account')
  const help = `liveparam help ${given.command}`
  if (account !== undefined && !/^\d{12}$/.test(account)) {
    throw new UsageError(`--account takes twelve digits, and not ${JSON.stringify(account)}`, help)
  }
  if (region !== undefined && !/^[a-z]{2}(-[a-z]+)+-\d+$/.test(region)) {
    throw new UsageError(`${JSON.stringify(region)} is no AWS region, such as eu-west-1`, help)
  }
  return {
    ...(account !== undefined && { account }),
    ...(region !== undefined && { region, partition: partitionOf(region) }),
  }
}

/** The account and the region of the ARNs in a file, if they are the same in all that `expected` does not have. */
export function placeNamedIn(actual: string, expected: string): Place {
  const known = new Set(placesIn(expected))
  const [place, ...others] = new Set(placesIn(actual).filter((found) => !known.has(found)))
  const [region = '', account = ''] = place?.split(' ') ?? []
  return place === undefined || others.length > 0 ? {} : { account, region, partition: partitionOf(region) }
}

function placesIn(text: string): string[] {
  const arns = (text.match(/\barn:[\w:-]+/g) ?? []).map((arn) => arn.split(':'))
  const isWhole = ([, , , region = '', account = '', resource]: readonly string[]) =>
    /^[a-z-]+-\d+$/.test(region) && /^\d{12}$/.test(account) && resource !== undefined
  return arns.filter(isWhole).map(([, , , region, account]) => `${region} ${account}`)
}

/** The ARNs of the keys that are named. @throws UsageError for an alias: IAM knows keys by their ids only. */
export function keysIn(given: Arguments): readonly string[] {
  return given.texts('key').map((key) => {
    if (/^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/[\w-]+$/.test(key)) return key
    if (/^[\w-]+$/.test(key)) return `arn:\${AWS::Partition}:kms:\${AWS::Region}:\${AWS::AccountId}:key/${key}`
    throw new UsageError(
      `--key takes the ARN or the id of a KMS key, and not ${JSON.stringify(key)}: a policy cannot name an alias`,
      'aws kms describe-key --key-id alias/<name> --query KeyMetadata.Arn',
    )
  })
}

/** Replaces what is known in a text, and leaves the other placeholders. */
export function fill(text: string, { account, region, partition }: Place): string {
  const known = { 'AWS::AccountId': account, 'AWS::Region': region, 'AWS::Partition': partition }
  return Object.entries(known).reduce((filled, [name, value]) => {
    return value === undefined ? filled : filled.replaceAll(placeholder(name), value)
  }, text)
}

function placeholder(name: string): string {
  return `\${${name}}`
}

/** A copy in which a function has replaced every text, and every key. */
export function mapTexts<Value>(value: Value, change: (text: string) => string): Value
export function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value)
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mapTexts(inner, change)]))
}

function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn'
  if (region.startsWith('us-gov-')) return 'aws-us-gov'
  const isolated: Readonly<Record<string, string>> = {
    'us-iso-': 'aws-iso',
    'us-isob-': 'aws-iso-b',
    'eu-isoe-': 'aws-iso-e',
    'us-isof-': 'aws-iso-f',
    'eusc-': 'aws-eusc',
  }
  const prefix = Object.keys(isolated).find((start) => region.startsWith(start))
  return isolated[prefix ?? ''] ?? 'aws'
}
