import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { decode, encode } from '@jridgewell/sourcemap-codec'
import { transform } from 'esbuild'
import { rolldown } from 'rolldown'
import { parseAst } from 'rolldown/parseAst'

// Builds what package.json exports: declarations by the compiler, and modules that read as they were written. A user's
// bundler minifies them. Everything that `import 'liveparam'` loads at once is one file: each further one takes a
// process 1 to 2 ms to find, read and compile.
process.chdir(fileURLToPath(new URL('.', import.meta.url)))
rmSync('dist', { recursive: true, force: true })
const { status } = spawnSync('npx', ['tsc', '-p', 'tsconfig.json', '--emitDeclarationOnly'], { stdio: 'inherit' })
if (status !== 0) process.exit(1)

const { bin, exports, dependencies, peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
const modules = Object.values(exports).flatMap((target) => target.default ?? [])
const entries = Object.fromEntries(
  [...modules, ...Object.values(bin)].map((file) => [
    file.slice('./dist/'.length, -'.js'.length),
    file.replace('dist', 'src').replace(/js$/, 'ts'),
  ]),
)
const packages = Object.keys({ ...dependencies, ...peerDependencies })
const external = (id) => id.startsWith('node:') || packages.some((name) => id === name || id.startsWith(`${name}/`))
const core = await modulesLoadedBy([entries.index])
// The other entry points share some of it. In a chunk of its own, that costs their users no more than what they use.
const light = Object.keys(entries).filter((name) => !/^(index$|cli|local|testing|redis)/.test(name))
const shared = await modulesLoadedBy(light.map((name) => entries[name]))
// A config that reads AWS loads this too, as one file.
const aws = await modulesLoadedBy(['src/aws/aws-source.ts'])

const build = await rolldown({ input: entries, external, platform: 'node' })
const { output: written } = await build.write({
  dir: 'dist',
  format: 'esm',
  sourcemap: true,
  sourcemapExcludeSources: true,
  minifyInternalExports: false,
  // The declarations carry the doc comments.
  comments: { jsdoc: false },
  chunkFileNames: 'chunks/[name].js',
  codeSplitting: {
    groups: [
      { name: 'shared', test: (id) => (core.has(id) || aws.has(id)) && shared.has(id) },
      { name: 'core', test: (id) => core.has(id) && !shared.has(id) },
      { name: 'aws', test: (id) => aws.has(id) && !core.has(id) && !shared.has(id) },
    ],
  },
})
await build.close()

// A dependency is in the bill of materials, and gets updates without a release of liveparam. Bundled code would not, and
// its licence would have to be shipped with it.
const bundled = written
  .flatMap(({ moduleIds = [] }) => moduleIds.map((id) => relative('.', id)))
  .filter((path) => path.includes('node_modules'))
if (bundled.length > 0) {
  console.error(`The build bundles ${bundled.join(', ')}: add the package to \`dependencies\` in package.json.`)
  process.exit(1)
}

// The maps of the local AWS, the command line, backups, shared caches and the test support would be a tenth of the package.
// Without them, a stack trace names lines of dist.
const isUnmapped = (id) => /^src.(backup|cli|local|redis|testing|tools)\b/.test(relative('.', id))
for (const { fileName, moduleIds = [] } of written) {
  if (moduleIds.length === 0 || !moduleIds.every(isUnmapped)) continue
  const file = `dist/${fileName}`
  rmSync(`${file}.map`)
  // Without comments, and the command line without spaces: neither is of use in a stack trace.
  const minifyWhitespace = moduleIds.every((id) => /\/src\/(cli|tools)\//.test(id))
  const options = { target: 'node20', legalComments: 'none', minifyWhitespace }
  const { code } = await transform(readFileSync(file, 'utf8'), options)
  writeFileSync(file, code)
}

// A stack trace needs lines only, and columns would be four fifths of a map.
for (const { fileName } of written) {
  if (!fileName.endsWith('.map') || !existsSync(`dist/${fileName}`)) continue
  const map = JSON.parse(readFileSync(`dist/${fileName}`, 'utf8'))
  const lines = decode(map.mappings).map(([first = []]) => (first.length < 4 ? [] : [first.slice(0, 4)]))
  writeFileSync(`dist/${fileName}`, JSON.stringify({ ...map, names: [], mappings: encode(lines) }))
}

// The compiler declares every module. A user's compiler needs what the entry points export, and what that refers to.
const declarations = new Map()
for (const entry of modules) {
  const path = join(entry.replace(/js$/, 'd.ts'))
  for (const { names } of statementsOf(path)) for (const name of names.keys()) keep(path, name)
}
for (const file of readdirSync('dist', { recursive: true })) {
  if (!file.endsWith('.d.ts')) continue
  const path = join('dist', file)
  const statements = declarations.get(path) ?? []
  if (statements.every(({ kept }) => kept.size === 0)) rmSync(path)
  else writeFileSync(path, statements.map(print).join('').trimStart())
}

/** Keeps a name that a file declares, imports or exports, and the names in its declaration. */
function keep(path, name) {
  for (const { names, kept, references, source } of statementsOf(path)) {
    if (!names.has(name) || kept.has(name)) continue
    kept.add(name)
    for (const reference of references) keep(path, reference)
    if (source?.startsWith('.')) keep(join(dirname(path), source.replace(/ts$/, 'd.ts')), names.get(name).imported)
  }
}

/** The statements of a file of declarations, each with the comment above it. */
function statementsOf(path) {
  if (!declarations.has(path)) {
    const text = readFileSync(path, 'utf8')
    const { body } = parseAst(text, { lang: 'dts' })
    const ends = [0, ...body.map(({ end }) => end)]
    declarations.set(
      path,
      body.map((node, index) => ({
        text: text.slice(ends[index], node.end),
        source: node.source?.value,
        names: namesOf(node, text),
        references: node.source == null ? identifiersOf(node) : [],
        kept: new Set(),
      })),
    )
  }
  return declarations.get(path)
}

/** The names that a statement adds to its file; for an import or export, with their text and the name in its source. */
function namesOf({ source, specifiers = [], declaration, ...node }, text) {
  if (source != null) {
    return new Map(
      specifiers.map(({ imported, local, exported, start, end }) => {
        return [(exported ?? local).name, { imported: (imported ?? local).name, text: text.slice(start, end) }]
      }),
    )
  }
  const { id, declarations: variables = [] } = declaration ?? node
  return new Map([id, ...variables.map(({ id }) => id)].flatMap((id) => (id == null ? [] : [[id.name]])))
}

function identifiersOf(node) {
  if (node === null || typeof node !== 'object') return []
  const own = node.type === 'Identifier' ? [node.name] : []
  return [...own, ...Object.values(node).flatMap(identifiersOf)]
}

function print({ text, source, names, kept }) {
  if (names.size > 0 && kept.size === 0) return ''
  if (source === undefined) return text
  return text.replace(/\{.*\}/s, `{ ${[...kept].map((name) => names.get(name).text).join(', ')} }`)
}

/** The modules that entries load at once. */
async function modulesLoadedBy(input) {
  const whole = await rolldown({ input, external, platform: 'node' })
  const { output } = await whole.generate({ format: 'esm' })
  await whole.close()
  const chunks = new Map(output.map((chunk) => [chunk.fileName, chunk]))
  const eager = (name) => {
    const { moduleIds = [], imports = [] } = chunks.get(name) ?? {}
    return [...moduleIds, ...imports.flatMap(eager)]
  }
  return new Set(output.filter(({ isEntry }) => isEntry).flatMap(({ fileName }) => eager(fileName)))
}
