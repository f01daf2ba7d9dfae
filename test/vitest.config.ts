import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defaultExclude, defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('..', import.meta.url))

// `npm test` leaves these out: they are slow and broad.
const slowBuilds = [
  'test/examples/bootstrap-{next,jest}.test.ts',
  'test/package/{api,bundlers,compilers,generated-docs,other-sdk,site,start,zod-versions}.test.ts',
]
const slow = [
  ...slowBuilds,
  'test/backup/hanging.test.ts',
  'test/cli/{check,definition,dev,diff,exec,explain,init,json-dates,next-commands,screens,watch}.test.ts',
  'test/cli/infra-{commands,formats,policy,proof}.test.ts',
  'test/examples/{bootstrap,frameworks,infrastructure}.test.ts',
  'test/notifications/webhook-memory.test.ts',
  'test/redis/{fallback,fleet,one-change,outage,takeover,with-backup}.test.ts',
]

// Their generated cases need no second Node version.
const generated = ['test/{fuzz,model}/**/*.test.ts']

// `npm test` leaves out cases of these.
const shortened = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.test.ts') && !/^(fuzz|model)\b/.test(path))
  .map((path) => join('test', path))
  .filter((path) => /\bisWholeSuite\b|\bsample\(/.test(readFileSync(join(root, path), 'utf8')))

// These measure processor time, which other tests on the same cores prolong: they run first, and alone.
const measured = ['test/package/budgets.test.ts']

// These use the whole machine: they run last.
const builds = [...slowBuilds, 'test/package/code-blocks.test.ts']

/**
 * `npm test` runs in mode `test`, and `npm run test:all` in mode `all`. Mode `slow` runs what `npm test` leaves out, except
 * generated cases. Mode `newest` runs these and every other file, with the cases of `npm test`.
 */
export default defineConfig(({ mode }) => {
  // The projects evaluate this file again, without the mode of the command line.
  process.env.LIVEPARAM_SUITE ??= mode
  const suite = process.env.LIVEPARAM_SUITE
  const included = suite === 'slow' ? [...slow, ...shortened] : ['test/**/*.test.ts']
  const excluded = [...defaultExclude, ...(suite === 'test' ? slow : [])]
  return {
    root,
    test: {
      // Loading the SDK costs more than most tests: files of one worker share it. Nothing in src has state of its own.
      isolate: false,
      maxWorkers: suite === 'test' ? 3 : 4,
      // Without a logger, configs print: that is of interest only for tests that fail.
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
            include: included,
            exclude: [...excluded, ...builds, ...measured, ...(suite === 'newest' ? generated : [])],
            sequence: { groupOrder: 1 },
            env: { LIVEPARAM_SUITE: suite === 'newest' ? 'test' : suite },
          },
        },
        ...(suite === 'newest'
          ? [
              {
                extends: true as const,
                test: { name: 'tests-generated', include: generated, sequence: { groupOrder: 1 } },
              },
            ]
          : []),
        {
          extends: true,
          test: {
            name: 'builds',
            include: builds,
            exclude: excluded,
            maxWorkers: Math.max(2, availableParallelism()),
            sequence: { groupOrder: 2 },
          },
        },
        ...(suite === 'slow'
          ? []
          : [
              { extends: true as const, test: { name: 'tests-alone', include: measured, sequence: { groupOrder: 0 } } },
            ]),
      ],
      env: {
        LIVEPARAM_SUITE: suite,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      },
    },
  }
})
