import { EventEmitter } from 'eventemitter3'
import { isThenable } from '../schema/plain-result.ts'

/** Calls listeners. A listener that throws, rejects or never settles does not stop the others. */
export class Emitter<Events extends object> {
  readonly #emitter = new EventEmitter()
  readonly #onFailure: (event: string, error: unknown) => void

  /** @param onFailure Receives the errors and rejections of listeners. */
  constructor(onFailure: (event: string, error: unknown) => void) {
    this.#onFailure = onFailure
  }

  on<Name extends keyof Events & string>(event: Name, listener: (payload: Events[Name]) => unknown): Disposable {
    const onFailure = (error: unknown) => this.#onFailure(event, error)
    const guarded = (payload: Events[Name]) => {
      guard(() => listener(payload), onFailure)
    }
    this.#emitter.on(event, guarded)
    return { [Symbol.dispose]: () => void this.#emitter.off(event, guarded) }
  }

  /** Freezes the payload, which all listeners share. */
  emit<Name extends keyof Events & string>(event: Name, payload: Events[Name]): void {
    this.#emitter.emit(event, Object.freeze(payload))
  }

  clear(): void {
    this.#emitter.removeAllListeners()
  }
}

/**
 * Calls a function of the user. Its error or rejection goes to `onFailure`.
 * @returns a promise if it is asynchronous.
 */
export function guard(run: () => unknown, onFailure: (error: unknown) => void): Promise<void> | undefined {
  try {
    const result = run()
    return isThenable(result) ? Promise.resolve(result).then(() => undefined, onFailure) : undefined
  } catch (error) {
    onFailure(error)
    return undefined
  }
}
