import * as z from 'zod'
import { type DeepReadonly, type LiveConfig, loadConfig } from '../../src/index.ts'
import { type MemorySourceOptions, memorySource } from '../../src/testing/memory-source.ts'
import { loadError } from './rejection.ts'

type Options = Parameters<typeof loadConfig>[0]

/** Loads from memory, below `/app`. A load that fails does not wait between its attempts. */
export function loadFrom<Schema extends z.core.$ZodType>(
  schema: Schema,
  parameters: MemorySourceOptions['parameters'] = {},
  more: Omit<MemorySourceOptions, 'parameters'> & { readonly options?: object } = {},
): Promise<LiveConfig<DeepReadonly<z.output<Schema>>>> {
  const source = memorySource({ ...more, parameters })
  const options: Options & { schema: Schema } = {
    schema,
    path: '/app',
    source,
    random: () => 0,
    poll: false,
    ...more.options,
  }
  return loadConfig<Schema>(options)
}

/** Loads one leaf that is stored as `/app/key`. */
export async function loadLeaf(schema: z.core.$ZodType, stored: Stored | undefined): Promise<unknown> {
  const parameters =
    stored === undefined ? {} : { '/app/key': typeof stored === 'string' ? stored : toParameter(stored) }
  const config = await loadFrom(z.object({ key: schema as z.ZodType }), parameters)
  return config.current.key
}

/** The problems of one leaf that is stored as `/app/key`, as `CODE expected`. */
export async function refuseLeaf(schema: z.core.$ZodType, stored: Stored | undefined): Promise<string[]> {
  const { problems } = await loadError(loadLeaf(schema, stored))
  return problems
    .filter(({ code }) => code !== 'EMPTY_PATH')
    .map(({ code, expected }) => `${code} ${expected ?? ''}`.trim())
}

/** A String, or what the type says. */
export type Stored = string | readonly ['StringList' | 'SecureString', string]

function toParameter([type, value]: readonly ['StringList' | 'SecureString', string]) {
  return { type, value }
}
