module.exports = {
  // liveparam is an ES module, which Jest cannot require() before Node 24.9: so it is compiled like the code under test,
  // and alone of all that lies in node_modules.
  transform: {
    '\\.m?[jt]sx?$': ['babel-jest', { presets: [['@babel/preset-env', { targets: { node: 'current' } }]] }],
  },
  transformIgnorePatterns: ['/node_modules/(?!liveparam/)'],
}
