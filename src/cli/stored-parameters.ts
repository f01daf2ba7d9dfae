import type { Parameter } from '@aws-sdk/client-ssm'
import { fullName } from '../tools/names.ts'
import { openCalls } from '../tools/read-aws.ts'
import type { Arguments } from './arguments.ts'
import { describeCallFailure } from './next-steps.ts'
import type { Terminal } from './terminal.ts'

/** A parameter as it is stored. */
export interface StoredEntry {
  /** The full name. */
  readonly name: string
  readonly type: string
  readonly dataType: string
  /** Absent for a SecureString, which is not decrypted. */
  readonly value?: string
}

/** Reads parameters as `init` needs them: no SecureString is decrypted. */
export interface StoredReader {
  /** Every parameter below a path, sorted by name. */
  below(path: string): Promise<readonly StoredEntry[]>
  /** Paths that hold several parameters, for a question. Empty if the role may not list them. */
  paths(): Promise<readonly string[]>
  close(): Promise<void>
}

export function openStoredReader(given: Arguments, terminal: Terminal): StoredReader {
  const [region, endpoint, profile] = [given.text('region'), given.text('endpoint'), given.text('profile')]
  const place = { ...(region !== undefined && { region }), ...(endpoint !== undefined && { endpoint }) }
  const { call, close } = openCalls(place, { profile, signal: terminal.signal })
  return {
    close,
    async below(path) {
      const entries: StoredEntry[] = []
      const input = { Path: path, Recursive: true, WithDecryption: false, MaxResults: 10 }
      try {
        for await (const page of pagesOf((token) => call('GetParametersByPath', { ...input, ...token }))) {
          entries.push(...(page.Parameters ?? []).map(toEntry))
          terminal.progress(`Reading ${path}… ${entries.length} parameters`)
        }
      } catch (error) {
        const failed = { what: path, action: 'ssm:GetParametersByPath', words: typedWords(given) }
        throw await describeCallFailure(error, failed, { given, terminal })
      }
      return entries.sort((left, right) => (left.name < right.name ? -1 : 1))
    },
    async paths() {
      const names: string[] = []
      const input = { MaxResults: 50 }
      try {
        for await (const page of pagesOf((token) => call('DescribeParameters', { ...input, ...token }))) {
          names.push(...(page.Parameters ?? []).map(({ Name = '' }) => fullName(Name)))
          // A question with more paths than these could not be answered.
          if (names.length >= mostNames) break
        }
      } catch {
        terminal.signal.throwIfAborted()
        return []
      }
      return pathsOf(names)
    },
  }
}

const mostNames = 500

interface Page {
  readonly Parameters?: readonly Parameter[]
  readonly NextToken?: string
}

async function* pagesOf(read: (token: { NextToken?: string }) => Promise<Page>): AsyncGenerator<Page, void> {
  let token: { NextToken?: string } = {}
  do {
    const page = await read(token)
    yield page
    token = page.NextToken ? { NextToken: page.NextToken } : {}
  } while (token.NextToken !== undefined)
}

function toEntry({ Name = '', Type = 'String', DataType = 'text', Value }: Parameter): StoredEntry {
  const isReadable = Type !== 'SecureString' && Value !== undefined
  return { name: fullName(Name), type: Type, dataType: DataType, ...(isReadable && { value: Value }) }
}

/** The paths above several of these names, the nearest ones first. */
function pathsOf(names: readonly string[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const name of names) {
    const segments = name.split('/').slice(1, -1)
    for (const [index] of segments.entries()) {
      const path = `/${segments.slice(0, index + 1).join('/')}`
      counts.set(path, (counts.get(path) ?? 0) + 1)
    }
  }
  return [...counts]
    .filter(([, count]) => count > 1)
    .map(([path]) => path)
    .sort()
}

/** The words of `init` that say what to write. */
export function typedWords(given: Arguments): readonly string[] {
  const options = ['output', 'seed'].flatMap((name) => {
    const value = given.text(name)
    return value === undefined ? [] : [`--${name}`, value]
  })
  return [
    ...given.positionals,
    ...options,
    ...['yes', 'force'].filter((name) => given.has(name)).map((name) => `--${name}`),
  ]
}
