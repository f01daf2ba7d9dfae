module.exports = {
  // Jest cannot require() ES modules before Node 24.9, so it compiles liveparam like the code under test. No other
  // package in node_modules is compiled.
  transform: {
    '\\.m?[jt]sx?$': ['babel-jest', { presets: [['@babel/preset-env', { targets: { node: 'current' } }]] }],
  },
  transformIgnorePatterns: ['/node_modules/(?!liveparam/)'],
}
