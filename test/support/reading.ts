import type { HierarchyRequest, ParameterSource, Reading, ReadRequest } from '../../src/ports.ts'

/** Reads what is asked for and nothing else. */
export function read(
  source: ParameterSource,
  { hierarchies = [], names = [], secrets = [] }: Partial<ReadRequest>,
  signal: AbortSignal = new AbortController().signal,
): Promise<Reading> {
  return source.read({ hierarchies, names, secrets }, { signal })
}

/** Everything below a path. */
export function below(path: string, covers: HierarchyRequest['covers'] = () => true): HierarchyRequest {
  return { path, covers }
}
