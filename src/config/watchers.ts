import { type Check, checkArguments, checkFunction, having, isFunction } from '../messages/check-arguments.ts'
import { plainResult } from '../schema/plain-result.ts'
import { isSameData } from '../snapshot/equal.ts'
import { onAbort } from '../time/abort-listeners.ts'
import { guard } from './emitter.ts'
import type { WatchOptions } from './live-config.ts'

const watchOptions: Readonly<Record<keyof WatchOptions<unknown>, Check>> = {
  immediate: [(value) => typeof value === 'boolean', 'true or false'],
  equals: isFunction,
  signal: having('addEventListener', 'an AbortSignal'),
}

/** Those who want to know of one part of a value. Each is called for one change at a time. */
export class Watchers<Value> {
  /** With what ends listening to their signals. */
  readonly #watchers = new Map<Watcher<Value>, (() => void) | undefined>()
  readonly #onFailure: (error: unknown) => void

  constructor(onFailure: (error: unknown) => void) {
    this.#onFailure = onFailure
  }

  get size(): number {
    return this.#watchers.size
  }

  /** @param current Absent when there is no value yet: the first one is then the one that changes are told from. */
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
    if (current !== undefined) watcher.see(current.value)
    return { [Symbol.dispose]: end }
  }

  /** A value was published. */
  see(value: Value): void {
    for (const watcher of [...this.#watchers.keys()]) watcher.see(value)
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
  see(value: Value): void
  end(): void
}

class Watch<Value, Selected> implements Watcher<Value> {
  readonly #select: (value: Value) => Selected
  readonly #onChange: (next: Selected, previous: Selected | undefined) => unknown
  readonly #equals: (next: Selected, previous: Selected) => boolean
  readonly #onFailure: (error: unknown) => void
  readonly #isImmediate: boolean
  #told: { readonly selected: Selected } | undefined
  // The latest of those that came while the caller was busy: the ones between are not told.
  #next: { readonly selected: Selected } | undefined
  #isBusy = false
  #isOver = false

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

  see(value: Value): void {
    guard(() => {
      this.#next = { selected: plainResult('watch(): select', this.#select(value)) }
    }, this.#onFailure)
    this.#tellNext()
  }

  end(): void {
    this.#isOver = true
    this.#next = undefined
  }

  #tellNext(): void {
    while (this.#next !== undefined && !this.#isBusy && !this.#isOver) {
      const { selected } = this.#next
      this.#next = undefined
      const told = this.#told
      if (told === undefined && !this.#isImmediate) this.#told = { selected }
      else if (told === undefined || this.#isOther(selected, told.selected)) this.#deliver(selected, told?.selected)
    }
  }

  #deliver(selected: Selected, previous: Selected | undefined): void {
    this.#told = { selected }
    const settling = guard(() => this.#onChange(selected, previous), this.#onFailure)
    if (settling === undefined) return
    this.#isBusy = true
    void settling.then(() => {
      this.#isBusy = false
      this.#tellNext()
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
