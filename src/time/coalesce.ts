import { onAbort } from './abort.ts'

/** Starts the shared call. */
export type Start<Result, Progress> = (signal: AbortSignal, report: (progress: Progress) => void) => Promise<Result>

export interface CallerOptions<Progress> {
  readonly signal: AbortSignal
  /** Called with the latest progress on joining, and then with each report. */
  onProgress?(progress: Progress): void
}

interface SharedCall<Result, Progress> {
  readonly controller: AbortController
  readonly promise: Promise<Result>
  readonly callers: Set<CallerOptions<Progress>>
  last: { readonly progress: Progress } | undefined
}

/** Lets concurrent callers with the same key share one call. */
export class Coalescer<Result, Progress = never> {
  readonly #calls = new Map<string, SharedCall<Result, Progress>>()

  /**
   * Joins the call under this key, or starts it. A caller whose signal aborts is rejected with the signal's reason. The
   * signal of the call aborts when the last caller has left.
   */
  async run(key: string, start: Start<Result, Progress>, options: CallerOptions<Progress>): Promise<Result> {
    const { signal } = options
    signal.throwIfAborted()
    const call = this.#calls.get(key) ?? this.#start(key, start)
    const caller = { ...options }
    call.callers.add(caller)
    if (call.last !== undefined) caller.onProgress?.(call.last.progress)
    return new Promise<Result>((resolve, reject) => {
      const leave = () => {
        call.callers.delete(caller)
        if (call.callers.size > 0) return reject(signal.reason)
        this.#forget(key, call)
        call.controller.abort(signal.reason)
        // The last caller is rejected only after the call has ended.
        call.promise.catch(() => undefined).then(() => reject(signal.reason))
      }
      const stop = onAbort(signal, leave)
      call.promise.then(resolve, reject).finally(stop)
    })
  }

  #start(key: string, start: Start<Result, Progress>): SharedCall<Result, Progress> {
    const controller = new AbortController()
    const report = (progress: Progress) => {
      call.last = { progress }
      for (const { onProgress } of call.callers) onProgress?.(progress)
    }
    // Deferred by a microtask, so that the first caller has joined before the first report.
    const promise = Promise.resolve().then(() => start(controller.signal, report))
    const call: SharedCall<Result, Progress> = { controller, promise, callers: new Set(), last: undefined }
    const forget = () => this.#forget(key, call)
    promise.then(forget, forget)
    this.#calls.set(key, call)
    return call
  }

  #forget(key: string, call: SharedCall<Result, Progress>): void {
    if (this.#calls.get(key) === call) this.#calls.delete(key)
  }
}
