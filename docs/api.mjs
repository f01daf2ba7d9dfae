import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Application } from 'typedoc'

// Generates the API reference from the doc comments: a page per entry point. node docs/api.mjs [folder]
const root = fileURLToPath(new URL('..', import.meta.url))
const out = process.argv[2] ?? join(root, 'docs/api')
const { exports } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
const entries = Object.entries(exports).filter(([, target]) => target.types !== undefined)

// Inside the project, so that imports resolve.
const folder = await mkdtemp(join(root, 'docs/entries-'))
try {
  const names = await Promise.all(
    entries.map(async ([name, { types }]) => {
      const file = join(folder, `${name === '.' ? 'liveparam' : name.slice('./'.length)}.ts`)
      await writeFile(file, `export * from ${JSON.stringify(`../../${types.replace('.d.ts', '.js')}`)}\n`)
      return file
    }),
  )
  const compilerOptions = { module: 'nodenext', target: 'es2023', lib: ['es2023', 'esnext.disposable'], strict: true }
  const types = { types: ['node'], typeRoots: ['../../node_modules/@types'] }
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...compilerOptions, ...types, noEmit: true }, include: ['*.ts'] }),
  )
  const typedoc = await Application.bootstrapWithPlugins({
    plugin: ['typedoc-plugin-markdown'],
    entryPoints: names,
    tsconfig: join(folder, 'tsconfig.json'),
    name: 'API reference',
    out,
    outputFileStrategy: 'modules',
    entryFileName: 'README',
    readme: 'none',
    disableSources: true,
    hidePageHeader: true,
    hideBreadcrumbs: true,
    useCodeBlocks: true,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    typeDeclarationFormat: 'table',
    tableColumnSettings: { hideSources: true, hideModifiers: true, hideInherited: true, hideOverrides: true },
    excludeExternals: true,
    // The mark of an interface is not repeated at each of its members.
    cascadedModifierTags: [],
    sort: ['kind', 'alphabetical'],
    logLevel: 'Warn',
    treatWarningsAsErrors: true,
    validation: {
      notExported: false,
      invalidLink: true,
      rewrittenLink: true,
      notDocumented: false,
      unusedMergeModuleWith: true,
    },
  })
  const project = await typedoc.convert()
  if (project === undefined) process.exit(1)
  typedoc.validate(project)
  await typedoc.generateOutputs(project)
  await correctAnchors()
  if (typedoc.logger.hasErrors() || typedoc.logger.hasWarnings()) process.exitCode = 1
} finally {
  await rm(folder, { recursive: true })
}

/** TypeDoc numbers the anchor of `ConfigErrorCode`, because it counts `ConfigError.code`, which has no heading. */
async function correctAnchors() {
  const files = await readdir(out)
  const pages = new Map(await Promise.all(files.map(async (file) => [file, await readFile(join(out, file), 'utf8')])))
  const anchors = new Map([...pages].map(([file, text]) => [file, anchorsOf(text)]))
  for (const [file, text] of pages) {
    const corrected = text.replace(/\]\(([\w-]*\.md|)#([\w-]+?)(-\d+)\)/g, (link, page, anchor, number) => {
      const known = anchors.get(page === '' ? file : page)
      return known?.has(`${anchor}${number}`) === false && known.has(anchor) ? `](${page}#${anchor})` : link
    })
    if (corrected !== text) await writeFile(join(out, file), corrected)
  }
}

/** The anchors of GitHub, which numbers those that are equal. */
function anchorsOf(text) {
  const counts = new Map()
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading)
  return new Set(
    headings.map((heading) => {
      const anchor = heading
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-')
      const count = counts.get(anchor) ?? 0
      counts.set(anchor, count + 1)
      return count === 0 ? anchor : `${anchor}-${count}`
    }),
  )
}
