import { platform } from '../platform/node.ts'
import type { EventPublisher } from './event-publisher.ts'

const frozenPrototype =
  'the prototype of the config is frozen, so config.current cannot follow changes: freeze the config alone, or read config.pin().value'

const unwrapped =
  'the config is not refreshed between invocations: wrap the handler with withConfig() or configMiddleware() from liveparam/lambda'

/** Keeps `config.current` a plain property, which is faster to read than a getter. */
export class CurrentProperty<Value> {
  /** The prototype of the config. It holds the property, so that `current` of a frozen config still changes. */
  readonly prototype: object = {}
  readonly #publisher: EventPublisher<Value>
  /** In Lambda, until an invocation of a wrapped handler: reads go through the getter, which can warn. */
  #isGetter: boolean

  constructor(publisher: EventPublisher<Value>, isInvoked: boolean) {
    this.#publisher = publisher
    this.#isGetter = isInvoked
  }

  update(): void {
    const { snapshot } = this.#publisher
    if (snapshot === undefined || this.#isGetter) return
    const property = { value: snapshot.value, configurable: true }
    if (!Reflect.defineProperty(this.prototype, 'current', property)) this.#publisher.warn(frozenPrototype)
  }

  /** Warns if an invocation reads the config and its handler is not wrapped. */
  checkRead(): void {
    if (!this.#isGetter || !platform.isInvoked()) return
    this.stopChecking()
    this.#publisher.warn(unwrapped)
  }

  stopChecking(): void {
    if (!this.#isGetter) return
    this.#isGetter = false
    this.update()
  }
}
