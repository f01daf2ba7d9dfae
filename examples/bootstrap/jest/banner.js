/** The banner above the shop, which follows the config. */
exports.makeBanner = (config) => {
  let banner = config.current.greeting
  const watcher = config.watch(
    ({ greeting }) => greeting,
    (greeting) => {
      banner = greeting
    },
  )
  return { read: () => `** ${banner} **`, [Symbol.dispose]: () => watcher[Symbol.dispose]() }
}
