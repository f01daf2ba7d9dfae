import { AsyncLocalStorage } from 'node:async_hooks'

/** What a request and its response are to this: things that emit events. */
export interface Emitter {
  emit(event: string | symbol, ...args: unknown[]): boolean
  listenerCount(event: string | symbol): number
}

/** Holds something for a request, for whatever is done on its behalf. */
export class RequestScope<Held extends object> {
  readonly #storage = new AsyncLocalStorage<Held>()
  readonly #held = Symbol('liveparam.held')

  /** What is held for the request on whose behalf this is called. */
  get current(): Held | undefined {
    return this.#storage.getStore()
  }

  /** Whether something is held for this request. */
  has(request: object): boolean {
    return Reflect.has(request, this.#held)
  }

  /** Holds it for the request from now on, and does what follows on behalf of the request. */
  run(held: Held, request: Emitter, response: Emitter, call: () => void): void {
    // Not in a weak map: each request would cost the garbage collector more than anything else here.
    Reflect.set(request, this.#held, held)
    bind(this.#storage, held, request)
    bind(this.#storage, held, response)
    this.#storage.run(held, call)
  }

  /** Goes on on behalf of the request, after something that has lost sight of it. */
  resume(request: object, call: () => void): void {
    this.#storage.run(Reflect.get(request, this.#held), call)
  }
}

// Node emits the events of a request on behalf of its socket, which knows nothing of what is held.
function bind<Held>(storage: AsyncLocalStorage<Held>, held: Held, emitter: Emitter): void {
  const { emit } = emitter
  emitter.emit = (...event) => {
    // Most events have no listener, and entering costs more than all else.
    const isHere = emitter.listenerCount(event[0]) === 0 || storage.getStore() === held
    return isHere ? emit.apply(emitter, event) : storage.run(held, () => emit.apply(emitter, event))
  }
}
