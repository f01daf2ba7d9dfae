/** Listens to signals for many, with one listener each: Node takes the eleventh for a leak, and says so. */
export class AbortListeners {
  readonly #callbacks = new Map<AbortSignal, Set<() => void>>()

  /** @returns What ends it. */
  add(signal: AbortSignal, callback: () => void): () => void {
    const callbacks = this.#callbacks.get(signal) ?? this.#listen(signal)
    callbacks.add(callback)
    return () => {
      callbacks.delete(callback)
      if (callbacks.size === 0) this.#forget(signal)
    }
  }

  readonly #abort = (event: Event): void => {
    if (!(event.target instanceof AbortSignal)) return
    const callbacks = this.#callbacks.get(event.target) ?? []
    this.#forget(event.target)
    for (const callback of callbacks) callback()
  }

  #listen(signal: AbortSignal): Set<() => void> {
    const callbacks = new Set<() => void>()
    this.#callbacks.set(signal, callbacks)
    signal.addEventListener('abort', this.#abort)
    return callbacks
  }

  #forget(signal: AbortSignal): void {
    this.#callbacks.delete(signal)
    signal.removeEventListener('abort', this.#abort)
  }
}
