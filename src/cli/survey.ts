import { inspectDefinition, openSource } from '../config/inspect-definition.ts'
import { loadConfig } from '../config/load-config.ts'
import { isLoadError, type LoadError, type Problem, type Whereabouts } from '../errors.ts'
import { platform } from '../platform/node.ts'
import type { HierarchyReading, HierarchyRequest, PlannedCall, Reading, ReadRequest, StoredPolicy } from '../ports.ts'
import type { CandidateSpec } from '../refresh/candidate.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { withDeadline } from '../time/deadline.ts'
import { type OpenedDefinition, readingFrom } from './open-definition.ts'
import { RecordingSource } from './recording-source.ts'
import type { Terminal } from './terminal.ts'

/** What one reading of a definition found. It holds values, which must not be printed as they are. */
export interface Survey {
  readonly spec: CandidateSpec
  /** The snapshot that a start would publish. */
  readonly snapshot: Snapshot<unknown> | undefined
  /** Why a start would fail. */
  readonly error: LoadError | undefined
  /** What was read, also if a start would fail. */
  readonly reading: Reading | undefined
  /** The listings of the paths, in the order of the request. Empty unless asked for. */
  readonly listings: readonly Listing[]
  /** The announcements of parameter policies, or why they could not be read. Absent unless asked for. */
  readonly policies?: readonly StoredPolicy[] | Error
  readonly warnings: readonly string[]
  /** The calls of one reading, if none fails. */
  readonly planned: readonly PlannedCall[]
  readonly where: Whereabouts
  readonly calls: number
  readonly elapsedMs: number
}

/** The names stored below a path, or why they could not be listed. */
export interface Listing {
  readonly path: string
  readonly names?: readonly string[]
  readonly failure?: HierarchyReading['failure']
}

export interface SurveyOptions {
  /** Whether to list every name below the paths. */
  readonly lists?: boolean
  /** Whether to read the policies of the parameters. */
  readonly policies?: boolean
  /** What the line of progress says. @default Reading */
  readonly doing?: string
}

// In Lambda a start has less time by default.
const startTimeoutMs = 10_000
// A path is listed page by page, which takes longer than a start that reads by name.
const listingTimeoutMs = 60_000

/** Reads a definition as a start does, without its notifications, its polls and its `prepare`. */
export async function survey(
  { options, profile }: OpenedDefinition,
  terminal: Terminal,
  { lists = false, policies = false, doing = 'Reading' }: SurveyOptions = {},
): Promise<Survey> {
  const startedAt = terminal.now()
  const spec = inspectDefinition(options)
  const counts = { answered: 0, throttled: 0 }
  const onCall = ({ outcome }: { readonly outcome: string }) => {
    if (outcome === 'answered') counts.answered++
    if (outcome === 'throttled') counts.throttled++
    terminal.progress(describeProgress(doing, counts))
  }
  const opened = openSource(options, { profile, onCall })
  const source = new RecordingSource(opened)
  try {
    terminal.progress(`${doing}…`)
    const { request } = spec.planned
    const predicted = lists ? request.hierarchies.filter((hierarchy) => !isWalked(hierarchy, options.strategy)) : []
    const others = new AbortController()
    const signal = AbortSignal.any([terminal.signal, others.signal])
    const loading = load(options, source, terminal.signal).then((loaded) => {
      // If AWS did not answer the start, it would not answer the rest.
      if (source.recorded(request) === undefined || !source.isSettled) others.abort()
      return loaded
    })
    const [loaded, listed, announced] = await Promise.all([
      loading,
      listPaths(predicted, source, signal),
      policies ? source.readPolicies(request, { signal }).catch((error: unknown) => asError(error)) : undefined,
    ])
    terminal.signal.throwIfAborted()
    const reading = source.recorded(request)
    const listings = lists ? await completeListings(request, { reading, listed, source, terminal }) : []
    const usage = source.usage()
    return {
      spec,
      ...loaded,
      reading,
      listings,
      ...(announced !== undefined && { policies: announced }),
      planned: source.explain(request),
      where: await source.where().catch(() => ({})),
      calls: Object.values(usage.calls).reduce(
        (sum, { answered, throttled, failed }) => sum + answered + throttled + failed,
        0,
      ),
      elapsedMs: Math.max(0, terminal.now() - startedAt),
    }
  } finally {
    if (options.source === undefined) await opened.close?.()
  }
}

/** All problems of a start, in the order of its error. */
export function problemsOf({ error }: Pick<Survey, 'error'>): readonly Problem[] {
  return error?.problems ?? []
}

async function load(
  definition: OpenedDefinition['options'],
  source: RecordingSource,
  signal: AbortSignal,
): Promise<Pick<Survey, 'snapshot' | 'error' | 'warnings'>> {
  const { notifications, sentinel, ...options } = readingFrom(source, definition)
  const startup = { timeoutMs: Math.max(startTimeoutMs, options.startup?.timeoutMs ?? 0) }
  try {
    // Further attempts get the same answers, so there is no reason to wait between them.
    const own = {
      startup,
      poll: false,
      random: () => (source.isSettled ? 0 : 0.5),
      signal,
    } as const
    const config = await loadConfig({ ...options, ...own })
    const found = { snapshot: config.pin(), error: undefined, warnings: config.explain().warnings }
    await config.close()
    return found
  } catch (error) {
    if (!isLoadError(error)) throw error
    return { snapshot: undefined, error, warnings: [] }
  }
}

// The reading itself lists these.
function isWalked({ path, open = [path] }: HierarchyRequest, strategy: string | undefined): boolean {
  return strategy === 'by-path' || (strategy !== 'by-name' && open.includes(path))
}

/** The request that lists a path without decryption, as a start makes it to suggest names. */
function listingOf({ names: _, open: __, levels: ___, ...request }: HierarchyRequest): HierarchyRequest {
  return { ...request, covers: () => false }
}

async function listPaths(
  hierarchies: readonly HierarchyRequest[],
  source: RecordingSource,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Listing>> {
  if (hierarchies.length === 0) return new Map()
  const request = { hierarchies: hierarchies.map(listingOf), names: [], secrets: [] }
  const known = () => ''
  const list = (limit: AbortSignal) => source.read(request, { signal: limit, known })
  const reading = await withDeadline(platform.clock, listingTimeoutMs, signal, list).catch(() => undefined)
  const notAnswered = {
    failure: { code: 'TIMEOUT', isTransient: true, detail: 'AWS did not answer', remedy: 'try again' },
  } as const
  return new Map(
    hierarchies.map(({ path }, index) => [path, toListing(path, reading?.hierarchies[index] ?? notAnswered)]),
  )
}

function toListing(path: string, { listed, failure }: Partial<HierarchyReading> = {}): Listing {
  if (failure !== undefined) return { path, failure }
  return { path, ...(listed !== undefined && { names: listed }) }
}

async function completeListings(
  { hierarchies }: ReadRequest,
  {
    reading,
    listed,
    source,
    terminal,
  }: {
    readonly reading: Reading | undefined
    readonly listed: ReadonlyMap<string, Listing>
    readonly source: RecordingSource
    readonly terminal: Terminal
  },
): Promise<readonly Listing[]> {
  const known = hierarchies.map(({ path }, index) => listed.get(path) ?? toListing(path, reading?.hierarchies[index]))
  const open = hierarchies.filter(
    (_, index) => known[index]?.names === undefined && known[index]?.failure === undefined,
  )
  const late = await listPaths(open, source, terminal.signal)
  return known.map((listing) => late.get(listing.path) ?? listing)
}

function describeProgress(
  doing: string,
  { answered, throttled }: { readonly answered: number; readonly throttled: number },
): string {
  const calls = `${answered} ${answered === 1 ? 'call' : 'calls'} answered`
  return `${doing}… ${calls}${throttled === 0 ? '' : `, ${throttled} throttled`}`
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error('the policies could not be read')
}
