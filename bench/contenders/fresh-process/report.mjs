/** Tells how long it took from the end of Node's own start to a validated value. */
export function report(value) {
  if (value !== 1) throw new Error('this is not what is stored')
  const { bootstrapComplete } = performance.nodeTiming
  console.log(performance.now() - bootstrapComplete)
  process.exit()
}
