import { AsyncLocalStorage } from 'node:async_hooks'

/** An event emitter: a request or a response. */
export interface Emitter {
  emit(event: string | symbol, ...args: unknown[]): boolean
  listenerCount(event: string | symbol): number
}

/** Binds a value to a request, and to the code and the events that belong to the request. */
export class RequestScope<Value extends object> {
  readonly #storage = new AsyncLocalStorage<Value>()
  readonly #key = Symbol('liveparam.scope')

  /** The value of the current request. */
  get current(): Value | undefined {
    return this.#storage.getStore()
  }

  has(request: object): boolean {
    return Reflect.has(request, this.#key)
  }

  /** Binds the value, and runs the rest of the request in its scope. */
  run(value: Value, request: Emitter, response: Emitter, call: () => void): void {
    // A property, because an entry in a WeakMap for each request would slow down garbage collection.
    Reflect.set(request, this.#key, value)
    bind(this.#storage, value, request)
    bind(this.#storage, value, response)
    this.#storage.run(value, call)
  }

  /** Restores the scope of a request, for example after a body parser that lost it. */
  resume(request: object, call: () => void): void {
    this.#storage.run(Reflect.get(request, this.#key), call)
  }
}

// Node emits the events of a request in the async context of its socket.
function bind<Value>(storage: AsyncLocalStorage<Value>, value: Value, emitter: Emitter): void {
  const { emit } = emitter
  emitter.emit = (...event) => {
    // Most events have no listener, and run() is expensive.
    const isInScope = emitter.listenerCount(event[0]) === 0 || storage.getStore() === value
    return isInScope ? emit.apply(emitter, event) : storage.run(value, () => emit.apply(emitter, event))
  }
}
