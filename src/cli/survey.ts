import { isLoadError, type LoadError, type Problem, type ReadFailure, type Whereabouts } from '../errors.ts'
import { type ConfigOptions, type LiveConfig, loadConfig, type Snapshot } from '../index.ts'
import { platform } from '../platform/node.ts'
import type { HierarchyReading, HierarchyRequest, PlannedCall, Reading, ReadRequest, StoredPolicy } from '../ports.ts'
import { type InspectedDefinition, inspectDefinition } from '../tools/inspect-definition.ts'
import { listNames, openSource } from '../tools/read-aws.ts'
import { counted } from './counted.ts'
import { type OpenedDefinition, readingFrom } from './open-definition.ts'
import { RecordingSource } from './recording-source.ts'
import type { Terminal } from './terminal.ts'

/** What one reading of a definition found. It holds values, which must not be printed as they are. */
export interface Survey {
  readonly definition: InspectedDefinition
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
  readonly failure?: ReadFailure
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

/** Reads a definition as a start does, without its notifications, its polls and its `prepare`. */
export async function survey(
  opened: OpenedDefinition,
  terminal: Terminal,
  options: SurveyOptions = {},
): Promise<Survey> {
  const { found, config, source } = await readOnce(opened, terminal, { ...options, further: () => ({ poll: false }) })
  try {
    await config?.close()
    return found
  } finally {
    await source.close()
  }
}

/** A config that has started, and what its start found. */
export interface Followed {
  readonly found: Survey
  /** Absent if the start failed. */
  readonly config: LiveConfig<unknown> | undefined
  close(): Promise<void>
}

/**
 * Starts a config with its notifications and polls, without its `prepare`, and lets it run. If the start fails, the
 * paths are listed, as for a report.
 */
export async function follow(opened: OpenedDefinition, terminal: Terminal, further: FurtherOptions): Promise<Followed> {
  const { found, config, source } = await readOnce(opened, terminal, { lists: 'failed', further })
  const close = async () => {
    await config?.close()
    await source.close()
  }
  return { found, config, close }
}

/** The options of a config that belong to the time after its start. */
type FurtherOptions = (planned: readonly PlannedCall[]) => Pick<ConfigOptions, 'notifications' | 'poll'>

interface OnceOptions extends Omit<SurveyOptions, 'lists'> {
  readonly lists?: boolean | 'failed'
  readonly further: FurtherOptions
}

interface ReadOnce {
  readonly found: Survey
  readonly config: LiveConfig<unknown> | undefined
  readonly source: { close(): Promise<void> }
}

async function readOnce(
  { options, profile }: OpenedDefinition,
  terminal: Terminal,
  { lists = false, policies = false, doing = 'Reading', further }: OnceOptions,
): Promise<ReadOnce> {
  const startedAt = terminal.now()
  const definition = inspectDefinition(options)
  const counts = { answered: 0, throttled: 0 }
  let isReading = true
  const onCall = ({ outcome }: { readonly outcome: string }) => {
    if (!isReading) return
    if (outcome === 'answered') counts.answered++
    if (outcome === 'throttled') counts.throttled++
    terminal.progress(describeProgress(doing, counts))
  }
  const opened = openSource(options, { profile, onCall })
  const close = async () => {
    if (options.source === undefined) await opened.close?.()
  }
  const source = new RecordingSource(opened)
  try {
    terminal.progress(`${doing}…`)
    const { request } = definition
    const isListed = (hierarchy: HierarchyRequest) => lists === true && !isWalked(hierarchy, options.strategy)
    const others = new AbortController()
    const signal = AbortSignal.any([terminal.signal, others.signal])
    const planned = source.explain(request)
    const loading = load(options, source, { signal: terminal.signal, further: further(planned) }).then((loaded) => {
      // If AWS did not answer the start, it would not answer the rest.
      if (source.recorded(request) === undefined || !source.isSettled) others.abort()
      return loaded
    })
    const [{ config, ...loaded }, listed, announced] = await Promise.all([
      loading,
      listPaths(request.hierarchies.filter(isListed), source, signal),
      policies ? source.readPolicies(request, { signal }).catch((error: unknown) => asError(error)) : undefined,
    ])
    terminal.signal.throwIfAborted()
    const reading = source.recorded(request)
    const isComplete = lists === true || (lists === 'failed' && config === undefined)
    const listings = isComplete ? await completeListings(request, { reading, listed, source, terminal }) : []
    const usage = source.usage()
    const found = {
      definition,
      ...loaded,
      reading,
      listings,
      ...(announced !== undefined && { policies: announced }),
      planned,
      where: await source.where().catch(() => ({})),
      calls: Object.values(usage.calls).reduce(
        (sum, { answered, throttled, failed }) => sum + answered + throttled + failed,
        0,
      ),
      elapsedMs: Math.max(0, terminal.now() - startedAt),
    }
    isReading = false
    source.stop()
    return { found, config, source: { close } }
  } catch (error) {
    await close()
    throw error
  }
}

/** All problems of a start, in the order of its error. */
export function problemsOf({ error }: Pick<Survey, 'error'>): readonly Problem[] {
  return error?.problems ?? []
}

async function load(
  definition: OpenedDefinition['options'],
  source: RecordingSource,
  { signal, further }: { readonly signal: AbortSignal; readonly further: ReturnType<FurtherOptions> },
): Promise<Pick<Survey, 'snapshot' | 'error' | 'warnings'> & Pick<ReadOnce, 'config'>> {
  const { notifications, poll, sentinel, ...options } = readingFrom(source, definition)
  const startup = { timeoutMs: Math.max(startTimeoutMs, options.startup?.timeoutMs ?? 0) }
  try {
    // Further attempts of the start get the same answers, so there is no reason to wait between them.
    const random = () => (source.isSettled ? 0 : platform.random())
    const config = await loadConfig({ ...options, ...further, startup, random, signal })
    return { config, snapshot: config.pin(), error: undefined, warnings: config.explain().warnings }
  } catch (error) {
    if (!isLoadError(error)) throw error
    return { config: undefined, snapshot: undefined, error, warnings: [] }
  }
}

// The reading itself lists these.
function isWalked({ path, open = [path] }: HierarchyRequest, strategy: string | undefined): boolean {
  return strategy === 'by-path' || (strategy !== 'by-name' && open.includes(path))
}

async function listPaths(
  hierarchies: readonly HierarchyRequest[],
  source: RecordingSource,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Listing>> {
  const listed = await listNames(source, hierarchies, signal)
  return new Map(hierarchies.map(({ path }, index) => [path, toListing(path, listed[index])]))
}

function toListing(path: string, { listed, failure }: Pick<HierarchyReading, 'listed' | 'failure'> = {}): Listing {
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
  return `${doing}… ${counted(answered, 'call')} answered${throttled === 0 ? '' : `, ${throttled} throttled`}`
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error('the policies could not be read')
}
