/** What stands above the shop, whatever the config says at the moment. */
exports.makeBanner = (config) => {
  let banner = config.current.greeting
  const watching = config.watch(
    ({ greeting }) => greeting,
    (greeting) => {
      banner = greeting
    },
  )
  return { read: () => `** ${banner} **`, [Symbol.dispose]: () => watching[Symbol.dispose]() }
}
