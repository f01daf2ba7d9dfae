import { parseArgs } from 'node:util'
import { paginateGetParametersByPath, SSMClient } from '@aws-sdk/client-ssm'
import { isConfigError, type LiveConfig, loadConfig } from 'liveparam'
import { startLocalAws } from 'liveparam/local'
import * as z from 'zod'
import { shop } from './definition.ts'
import { goLive } from './live.ts'
import { breakStore, fillStore } from './store.ts'
import { describe } from './table.ts'

const usage = `npm run demo
  loads forty parameters from a local AWS, changes them at runtime, then shows the error for five mistakes

npm run demo -- --path /my/app [--path …] [--region eu-west-1] [--endpoint URL]
  loads every parameter under the paths from a real account, and writes nothing

  --path      a path; repeat it for layers: later layers take precedence
  --region    the AWS region; by default, the region that the AWS SDK finds
  --endpoint  the URL of another endpoint
  --help      this text`

// Hide the SDK's warning about the Node version.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'

try {
  const options = readOptions()
  if (options.help) console.log(usage)
  else if (options.path === undefined) await demonstrate()
  else await readAccount({ ...options, path: options.path })
} catch (error) {
  if (!isConfigError(error)) throw error
  console.error(error.message)
  process.exitCode = 1
}

async function demonstrate(): Promise<void> {
  await using aws = await startLocalAws()
  fillStore(aws)
  const client = new SSMClient(aws.clientOptions)
  console.log('1. A correct store: parameters in /shared and /shop/dev, and two secrets\n')
  const startedAt = performance.now()
  const config = await loadConfig({ ...shop, client })
  report(config, performance.now() - startedAt, aws.counts.calls, aws.counts.decryptions)
  const { port } = config.current.db
  console.log(
    `config.current.db.port + 1 is ${port + 1}: a ${typeof port}. config.current.db prints as`,
    config.current.db,
  )

  await config.close()
  await goLive(aws)

  breakStore(aws)
  console.log('\n3. The same load with five mistakes in the store\n')
  const error = await loadConfig({ ...shop, client }).then(
    () => new Error('the load did not fail'),
    (reason: Error) => reason,
  )
  if (!isConfigError(error)) throw error
  console.log(error.message)
  console.log('\nNext: docs/start.md leads from an empty folder to a deployed service.')
}

async function readAccount({ path, region, endpoint }: Omit<Options, 'help'> & { path: string[] }): Promise<void> {
  const calls: Record<string, number> = {}
  const client = new SSMClient({ ...(region !== undefined && { region }), ...(endpoint !== undefined && { endpoint }) })
  client.middlewareStack.add(
    (next, { commandName = 'unknown' }) => {
      const action = `ssm:${commandName.replace(/Command$/, '')}`
      return (input) => {
        calls[action] = (calls[action] ?? 0) + 1
        return next(input)
      }
    },
    { step: 'initialize' },
  )
  const startedAt = performance.now()
  try {
    const names = await listNames(client, path).catch(() => [])
    // If the paths are empty or may not be listed, the error of loadConfig says so.
    const schema = names.length > 0 ? textsOf(names) : z.record(z.string(), z.string())
    await using config = await loadConfig({ schema, path, client, strategy: 'by-path', logger: console })
    const secure = config.explain().keys.filter(({ isSensitive }) => isSensitive)
    report(config, performance.now() - startedAt, calls, secure.length)
  } finally {
    client.destroy()
  }
}

/** Lists the names below the paths, without the paths. */
async function listNames(client: SSMClient, paths: readonly string[]): Promise<string[][]> {
  const names: string[][] = []
  for (const path of paths) {
    for await (const page of paginateGetParametersByPath({ client }, { Path: path, Recursive: true })) {
      for (const { Name = '' } of page.Parameters ?? []) names.push(Name.slice(path.length).split('/').filter(Boolean))
    }
  }
  return names
}

/** Makes a schema of texts for the names. A parameter that is also a path is left out: it cannot be both. */
function textsOf(names: readonly string[][]): z.ZodObject {
  const keys = new Set(names.map(([key = '']) => key))
  return z.object(
    Object.fromEntries(
      [...keys].map((key) => {
        const below = names.filter(([first, ...rest]) => first === key && rest.length > 0).map(([, ...rest]) => rest)
        return [key, below.length === 0 ? z.string() : textsOf(below)]
      }),
    ),
  )
}

function report(
  config: LiveConfig<unknown>,
  elapsedMs: number,
  calls: Readonly<Record<string, number>>,
  decryptions: number,
): void {
  const made = Object.entries(calls).map(([action, count]) => `${count} × ${action}`)
  console.log(describe(config))
  console.log(
    `${config.pin().keys.length} values in ${Math.round(elapsedMs)} ms: ${made.join(', ')}; ${decryptions} ${decryptions === 1 ? 'decryption' : 'decryptions'}\n`,
  )
}

interface Options {
  readonly path?: string[] | undefined
  readonly region?: string | undefined
  readonly endpoint?: string | undefined
  readonly help: boolean
}

function readOptions(): Options {
  try {
    const { values } = parseArgs({
      options: {
        path: { type: 'string', multiple: true },
        region: { type: 'string' },
        endpoint: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    const isRemote = values.region !== undefined || values.endpoint !== undefined
    if (isRemote && values.path === undefined) throw new TypeError('--region and --endpoint need --path')
    return values
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
    process.exit(2)
  }
}
