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
  readonly #watchers = new Map<AnyWatcher<Value>, (() => void) | undefined>()
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
    const watcher = new Watcher({ select, onChange, options, onFailure: this.#onFailure })
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

  #end(watcher: AnyWatcher<Value>): void {
    const stopListening = this.#watchers.get(watcher)
    this.#watchers.delete(watcher)
    watcher.end()
    stopListening?.()
  }
}

type AnyWatcher<Value> = Pick<Watcher<Value, unknown>, 'update' | 'end'>

interface WatcherParts<Value, Selected> {
  readonly select: (value: Value) => Selected
  readonly onChange: (next: Selected, previous: Selected | undefined) => unknown
  readonly options: WatchOptions<Selected>
  readonly onFailure: (error: unknown) => void
}

class Watcher<Value, Selected> {
  readonly #parts: WatcherParts<Value, Selected>
  #last: { readonly selected: Selected } | undefined
  // The latest value during a call. Earlier ones are dropped.
  #next: { readonly selected: Selected } | undefined
  #isBusy = false
  #hasEnded = false

  constructor(parts: WatcherParts<Value, Selected>) {
    this.#parts = parts
  }

  update(value: Value): void {
    const { select, onFailure } = this.#parts
    try {
      this.#next = { selected: plainResult('watch(): select', select(value)) }
    } catch (error) {
      onFailure(error)
    }
    this.#callNext()
  }

  end(): void {
    this.#hasEnded = true
    this.#next = undefined
  }

  #callNext(): void {
    const { onChange, options, onFailure } = this.#parts
    while (this.#next !== undefined && !this.#isBusy && !this.#hasEnded) {
      const { selected } = this.#next
      const last = this.#last
      this.#next = undefined
      const isChange = last === undefined ? options.immediate === true : this.#isOther(selected, last.selected)
      if (isChange || last === undefined) this.#last = { selected }
      const settling = isChange ? guard(() => onChange(selected, last?.selected), onFailure) : undefined
      if (settling === undefined) continue
      this.#isBusy = true
      void settling.then(() => {
        this.#isBusy = false
        this.#callNext()
      })
    }
  }

  #isOther(next: Selected, previous: Selected): boolean {
    const { options, onFailure } = this.#parts
    const { equals = isSameData } = options
    try {
      return !plainResult('watch(): equals', equals(next, previous))
    } catch (error) {
      onFailure(error)
      return true
    }
  }
}
