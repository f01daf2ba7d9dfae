/** Whether two values are equal: an endpoint that sends no version ids or dates gives two versions the same token. */
export function isSameContent(left: string | Uint8Array, right: string | Uint8Array): boolean {
  if (left === right || typeof left === 'string' || typeof right === 'string') return left === right
  return left.length === right.length && left.every((byte, index) => byte === right[index])
}
