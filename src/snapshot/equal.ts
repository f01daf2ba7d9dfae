/** Whether two values are the same, or plain objects or arrays with the same contents. */
export function isSameData(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true
  if (!isContainer(left) || !isContainer(right)) return false
  if (Object.getPrototypeOf(left) !== Object.getPrototypeOf(right)) return false
  const keys = Object.keys(left)
  if (keys.length !== Object.keys(right).length) return false
  return keys.every((key) => Object.hasOwn(right, key) && isSameData(Reflect.get(left, key), Reflect.get(right, key)))
}

function isContainer(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === Array.prototype || prototype === null
}

/** Whether two stored values are equal. An endpoint that sends no version ids or dates gives two versions the same token. */
export function isSameContent(left: string | Uint8Array, right: string | Uint8Array): boolean {
  if (left === right || typeof left === 'string' || typeof right === 'string') return left === right
  return left.length === right.length && left.every((byte, index) => byte === right[index])
}
