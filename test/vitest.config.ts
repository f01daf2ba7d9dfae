import { fileURLToPath } from 'node:url'
import { defaultExclude, defineConfig } from 'vitest/config'

// They take all of the machine for minutes, and once is enough: what measures time comes before.
const builds = [
  'test/examples/bootstrap-{next,jest}.test.ts',
  'test/package/{api,bundlers,code-blocks,compilers,generated-docs,other-sdk,sizes,zod-versions}.test.ts',
]

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    // Loading the SDK costs more than most tests: files of one worker share it. Nothing in src has state of its own.
    isolate: false,
    maxWorkers: 2,
    // Without a logger, configs print: that is of interest for tests that fail.
    silent: 'passed-only',
    setupFiles: 'test/support/preload.ts',
    testTimeout: 20_000,
    hookTimeout: 30_000,
    expect: { poll: { timeout: 10_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'tests',
          include: ['test/**/*.test.ts'],
          exclude: [...defaultExclude, ...builds],
          sequence: { groupOrder: 0 },
        },
      },
      { extends: true, test: { name: 'builds', include: builds, sequence: { groupOrder: 1 } } },
    ],
    env: {
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    },
  },
})
