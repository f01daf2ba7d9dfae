import { readFileSync } from 'node:fs'
import type { LocalAws } from 'liveparam/local'

/** Stores the parameters and the secret of `setup.sh` in a local AWS. */
export function setUp({ parameters, secrets }: Pick<LocalAws, 'parameters' | 'secrets'>): void {
  const script = readFileSync(new URL('setup.sh', import.meta.url), 'utf8')
  for (const [line] of script.matchAll(/^aws .*$/gm)) {
    const { command, options } = parse(line)
    const { name = '', type, value = '', 'secret-string': text = '' } = options
    if (command === 'secretsmanager create-secret') secrets.create({ name, value: text })
    else if (command !== 'ssm put-parameter') throw new TypeError(`setup.sh: unknown command ${command}`)
    else parameters.put({ name, value, type: type === 'SecureString' ? type : 'String' })
  }
}

/** Environment variables that point the AWS SDK to a local AWS. */
export function environmentOf({ environment }: LocalAws): Readonly<Record<string, string>> {
  return { ...environment, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' }
}

function parse(line: string): { readonly command: string; readonly options: Readonly<Record<string, string>> } {
  const [, service = '', operation = '', ...words] = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(
    ([, quoted, bare = '']) => quoted ?? bare,
  )
  const named = words.flatMap((word, index) => (word.startsWith('--') ? [[word.slice(2), words[index + 1] ?? '']] : []))
  return { command: `${service} ${operation}`, options: Object.fromEntries(named) }
}
