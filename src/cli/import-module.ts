import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { UsageError } from './command.ts'

interface Jiti {
  import(id: string): Promise<unknown>
}

/** What the module of a definition throws while it is imported. */
export class ImportFailure extends Error {
  readonly file: string

  constructor(file: string, cause: unknown) {
    super(messageOf(cause), { cause })
    this.file = file
  }
}

/**
 * Imports a module: with Node where it reads the file, with jiti otherwise.
 *
 * @throws UsageError if neither can read it.
 * @throws ImportFailure if the module throws.
 */
export async function importModule(file: string, nodeVersion: string): Promise<Readonly<Record<string, unknown>>> {
  const isTypeScript = /\.[cm]?tsx?$/.test(file)
  try {
    return await import(pathToFileURL(file).href)
  } catch (error) {
    if (!isTypeScript || !isUnreadable(error)) throw new ImportFailure(file, error)
    return withJiti(file, nodeVersion, error)
  }
}

async function withJiti(
  file: string,
  nodeVersion: string,
  original: unknown,
): Promise<Readonly<Record<string, unknown>>> {
  const jiti = await openJiti(file)
  if (jiti === undefined) {
    const reason = codeOf(original) === 'ERR_UNKNOWN_FILE_EXTENSION' ? 'does not read TypeScript' : messageOf(original)
    throw new UsageError(
      `Node.js ${nodeVersion} cannot import ${file} by itself (${reason}), and jiti, which reads any TypeScript, is not installed`,
      'npm install --save-dev jiti',
    )
  }
  try {
    return Object(await jiti.import(file))
  } catch (error) {
    throw new ImportFailure(file, error)
  }
}

// The jiti of the project.
async function openJiti(file: string): Promise<Jiti | undefined> {
  try {
    const path = createRequire(pathToFileURL(file)).resolve('jiti')
    const { createJiti }: { createJiti(id: string, options: object): Jiti } = await import(pathToFileURL(path).href)
    return createJiti(file, { interopDefault: false, fsCache: false })
  } catch (error) {
    if (codeOf(error) === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}

// Node strips types, and neither guesses endings nor compiles enums, decorators and the like.
function isUnreadable(error: unknown): boolean {
  const code = codeOf(error)
  if (
    ['ERR_UNKNOWN_FILE_EXTENSION', 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX', 'ERR_UNSUPPORTED_DIR_IMPORT'].includes(code)
  ) {
    return true
  }
  return error instanceof SyntaxError || code === 'ERR_MODULE_NOT_FOUND' || code === 'ERR_INVALID_TYPESCRIPT_SYNTAX'
}

function codeOf(error: unknown): string {
  return String(Object(error).code ?? '')
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : `it threw ${typeof error}`
}
