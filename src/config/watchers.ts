import { type Check, checkArguments, checkFunction, having, isFunction } from '../messages/check-arguments.ts'
import { plainResult } from '../schema/plain-result.ts'
import { isSameData } from '../snapshot/diff.ts'
import { onAbort } from '../time/abort.ts'
import { guard } from './emitter.ts'
import type { WatchOptions } from './live-config.ts'

const watchOptions: Readonly<Record<keyof WatchOptions<unknown>, Check>> = {
  immediate: [(value) => typeof value === 'boolean', 'true or false'],
  equals: isFunction,
  signal: having('addEventListener', 'an AbortSignal'),
}

/** Calls the callbacks of `watch()`. The calls of one watcher are serial. */
export class Watchers<Value> {
  /** Each with the function that stops listening to its signal. */
  readonly #watchers = new Map<Watcher<Value>, (() => void) | undefined>()
  readonly #onFailure: (error: unknown) => void

  constructor(onFailure: (error: unknown) => void) {
    this.#onFailure = onFailure
  }

  /** @param current Absent before the first value, which then is not a change. */
  add<Selected>(
    select: (value: Value) => Selected,
    onChange: (next: Selected, previous: Selected | undefined) => unknown,
    options: WatchOptions<Selected>,
    current: { readonly value: Value } | undefined,
  ): Disposable {
    checkFunction('watch()', 'select', select)
    checkFunction('watch()', 'onChange', onChange)
    checkArguments('watch()', options, watchOptions)
    const watcher = createWatcher(select, onChange, options, this.#onFailure)
    const { signal } = options
    const end = () => this.#end(watcher)
    if (signal?.aborted) return { [Symbol.dispose]: end }
    this.#watchers.set(watcher, signal && onAbort(signal, end))
    if (current !== undefined) watcher.update(current.value)
    return { [Symbol.dispose]: end }
  }

  update(value: Value): void {
    for (const watcher of [...this.#watchers.keys()]) watcher.update(value)
  }

  clear(): void {
    for (const watcher of [...this.#watchers.keys()]) this.#end(watcher)
  }

  #end(watcher: Watcher<Value>): void {
    const stopListening = this.#watchers.get(watcher)
    this.#watchers.delete(watcher)
    watcher.end()
    stopListening?.()
  }
}

interface Watcher<Value> {
  update(value: Value): void
  end(): void
}

function createWatcher<Value, Selected>(
  select: (value: Value) => Selected,
  onChange: (next: Selected, previous: Selected | undefined) => unknown,
  { immediate = false, equals = isSameData }: WatchOptions<Selected>,
  onFailure: (error: unknown) => void,
): Watcher<Value> {
  let last: { readonly selected: Selected } | undefined
  // The latest value during a call. Earlier ones are dropped.
  let next: { readonly selected: Selected } | undefined
  let isBusy = false
  let hasEnded = false
  const isOther = (one: Selected, other: Selected) => {
    try {
      return !plainResult('watch(): equals', equals(one, other))
    } catch (error) {
      onFailure(error)
      return true
    }
  }
  const callNext = () => {
    while (next !== undefined && !isBusy && !hasEnded) {
      const { selected } = next
      const previous = last
      next = undefined
      const isChange = previous === undefined ? immediate : isOther(selected, previous.selected)
      if (isChange || previous === undefined) last = { selected }
      const settling = isChange ? guard(() => onChange(selected, previous?.selected), onFailure) : undefined
      if (settling === undefined) continue
      isBusy = true
      void settling.then(() => {
        isBusy = false
        callNext()
      })
    }
  }
  return {
    update(value) {
      try {
        next = { selected: plainResult('watch(): select', select(value)) }
      } catch (error) {
        onFailure(error)
      }
      callNext()
    },
    end() {
      hasEnded = true
      next = undefined
    },
  }
}
