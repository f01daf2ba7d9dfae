import { AsyncLocalStorage } from 'node:async_hooks'

/** What a request and its response are to this: things that emit events. */
export interface Emitter {
  emit(event: string | symbol, ...args: unknown[]): boolean
}

/** Holds something for a request, for whatever is done on its behalf. */
export class RequestScope<Held extends object> {
  readonly #storage = new AsyncLocalStorage<Held>()
  readonly #held = new WeakMap<Emitter, Held>()

  /** What is held for the request on whose behalf this is called. */
  get current(): Held | undefined {
    return this.#storage.getStore()
  }

  /** What is held for this request. */
  of(request: Emitter): Held | undefined {
    return this.#held.get(request)
  }

  /** Holds it for the request from now on. */
  hold(held: Held, request: Emitter, response: Emitter): void {
    this.#held.set(request, held)
    this.#bind(held, request)
    this.#bind(held, response)
  }

  run(held: Held, call: () => void): void {
    this.#storage.run(held, call)
  }

  // Node emits the events of a request on behalf of its socket, which knows nothing of what is held.
  #bind(held: Held, emitter: Emitter): void {
    const { emit } = emitter
    const storage = this.#storage
    emitter.emit = (...event) =>
      storage.getStore() === held ? emit.apply(emitter, event) : storage.run(held, () => emit.apply(emitter, event))
  }
}
