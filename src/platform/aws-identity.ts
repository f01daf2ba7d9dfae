import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** The AWS settings in the environment. */
export interface AwsIdentity {
  readonly profile?: string
  readonly isProfileMissing?: boolean
  readonly role?: string
  readonly endpoint?: string
}

type Environment = Readonly<Record<string, string | undefined>>

/** @see https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html */
export async function identityIn(environment: Environment): Promise<AwsIdentity> {
  const { AWS_PROFILE: profile, AWS_ROLE_ARN: role, AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_SSM } = environment
  const endpoint = AWS_ENDPOINT_URL_SSM || AWS_ENDPOINT_URL
  return {
    ...(profile && { profile, isProfileMissing: !(await profileNames(environment)).includes(profile) }),
    ...(role && { role }),
    ...(endpoint && { endpoint }),
  }
}

/** The names of the profiles in the shared config files, in their order. */
export async function profileNames(environment: Environment): Promise<readonly string[]> {
  const files = [
    environment.AWS_CONFIG_FILE || join(homedir(), '.aws', 'config'),
    environment.AWS_SHARED_CREDENTIALS_FILE || join(homedir(), '.aws', 'credentials'),
  ]
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')))
  const names = texts.flatMap((text) => text.split('\n')).flatMap((line) => sectionOf(line) ?? [])
  return [...new Set(names)].filter((name) => !/^(?:sso-session|services)\s/.test(name))
}

function sectionOf(line: string): string | undefined {
  const text = line.trim()
  if (!text.startsWith('[') || !text.includes(']')) return undefined
  const section = text.slice(1, text.indexOf(']')).trim()
  return section
    .replace(/^profile\s/, '')
    .trim()
    .replace(/^["']|["']$/g, '')
}
