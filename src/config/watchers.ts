import { type Check, checkArguments, checkFunction, having, isFunction } from '../messages/check-arguments.ts'
import { plainResult } from '../schema/plain-result.ts'
import { isSameData } from '../snapshot/diff.ts'
import { onAbort } from '../time/abort-listeners.ts'
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
    const watcher = new Watch(select, onChange, options, this.#onFailure)
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

class Watch<Value, Selected> implements Watcher<Value> {
  readonly #select: (value: Value) => Selected
  readonly #onChange: (next: Selected, previous: Selected | undefined) => unknown
  readonly #equals: (next: Selected, previous: Selected) => boolean
  readonly #onFailure: (error: unknown) => void
  readonly #isImmediate: boolean
  #last: { readonly selected: Selected } | undefined
  // The latest value during a call. Earlier ones are dropped.
  #next: { readonly selected: Selected } | undefined
  #isBusy = false
  #hasEnded = false

  constructor(
    select: (value: Value) => Selected,
    onChange: (next: Selected, previous: Selected | undefined) => unknown,
    { immediate = false, equals = isSameData }: WatchOptions<Selected>,
    onFailure: (error: unknown) => void,
  ) {
    this.#select = select
    this.#onChange = onChange
    this.#equals = equals
    this.#isImmediate = immediate
    this.#onFailure = onFailure
  }

  update(value: Value): void {
    guard(() => {
      this.#next = { selected: plainResult('watch(): select', this.#select(value)) }
    }, this.#onFailure)
    this.#callNext()
  }

  end(): void {
    this.#hasEnded = true
    this.#next = undefined
  }

  #callNext(): void {
    while (this.#next !== undefined && !this.#isBusy && !this.#hasEnded) {
      const { selected } = this.#next
      this.#next = undefined
      const last = this.#last
      if (last === undefined && !this.#isImmediate) this.#last = { selected }
      else if (last === undefined || this.#isOther(selected, last.selected)) this.#deliver(selected, last?.selected)
    }
  }

  #deliver(selected: Selected, previous: Selected | undefined): void {
    this.#last = { selected }
    const settling = guard(() => this.#onChange(selected, previous), this.#onFailure)
    if (settling === undefined) return
    this.#isBusy = true
    void settling.then(() => {
      this.#isBusy = false
      this.#callNext()
    })
  }

  #isOther(next: Selected, previous: Selected): boolean {
    let isOther = true
    guard(() => {
      isOther = !plainResult('watch(): equals', this.#equals(next, previous))
    }, this.#onFailure)
    return isOther
  }
}
