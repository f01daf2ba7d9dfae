import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vitepress'

// Builds the site of the README and the pages of docs, with search. node docs/site.mjs [folder]
const root = fileURLToPath(new URL('..', import.meta.url))
const out = process.argv[2] ?? join(root, 'docs/dist')
const { description, repository } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
const repositoryUrl = (repository?.url ?? repository)?.replace(/^git\+/, '').replace(/\.git$/, '')

// Files outside of docs that are pages of the site, too.
const outside = new Map([
  ['README.md', 'index.md'],
  ['CHANGELOG.md', 'changelog.md'],
  ['CONTRIBUTING.md', 'contributing.md'],
  ['SECURITY.md', 'security-policy.md'],
])

// Inside of docs, so that the imports of VitePress resolve.
const source = await mkdtemp(join(root, 'docs/site-'))
try {
  for (const file of await pagesOf('docs')) await writePage(file, file.slice('docs/'.length))
  for (const [file, page] of outside) await writePage(file, page)
  for (const file of await picturesOf('docs')) await copyPicture(file)
  await mkdir(join(source, '.vitepress'))
  await writeFile(join(source, '.vitepress/config.mjs'), await config())
  await build(source, { logLevel: 'warn' })
} finally {
  await rm(source, { recursive: true })
}

async function pagesOf(folder) {
  const files = await filesBelow(folder)
  return files.filter((file) => file.endsWith('.md'))
}

async function picturesOf(folder) {
  const files = await filesBelow(folder)
  return files.filter((file) => /\.(svg|png|webp)$/.test(file))
}

async function filesBelow(folder) {
  const entries = await readdir(join(root, folder), { withFileTypes: true })
  const own = entries.filter((entry) => !/^(node_modules|dist|site-|entries-)/.test(entry.name))
  const files = await Promise.all(
    own.map((entry) => {
      const path = `${folder}/${entry.name}`
      return entry.isDirectory() ? filesBelow(path) : [path]
    }),
  )
  return files.flat().sort()
}

/** Markdown refers to a picture beside its page, HTML to the same one in `public`. */
async function copyPicture(file) {
  const path = file.slice('docs/'.length)
  for (const folder of ['', 'public']) await cp(join(root, file), join(source, folder, path))
}

async function writePage(file, page) {
  const text = await readFile(join(root, file), 'utf8')
  await mkdir(dirname(join(source, page)), { recursive: true })
  await writeFile(join(source, page), withPictures(withLinks(text, file, page)))
}

function withPictures(text) {
  return text.replace(/\b(src|srcset)="(?:docs\/)?(pictures\/[^"]+)"/g, '$1="/$2"')
}

/** Links between pages point into the site; links to other files point to the repository, if it is known. */
function withLinks(text, file, page) {
  return text
    .split(/(^```[\s\S]*?^```$)/m)
    .map((part) => (part.startsWith('```') ? part : part.replace(/(!?)\[((?:[^\]]|\](?!\())*)\]\(([^)\s]+)\)/g, link)))
    .join('')

  function link(whole, picture, label, target) {
    if (/^(https:|#)/.test(target)) return whole
    const [path, anchor] = target.split('#')
    const linked = posix.join(posix.dirname(file), path)
    const hash = anchor === undefined ? '' : `#${anchor}`
    const shown = outside.get(linked) ?? (linked.startsWith('docs/') ? linked.slice('docs/'.length) : undefined)
    const isShown = shown !== undefined && (picture === '!' || /\.md$/.test(shown))
    if (isShown) return `${picture}[${label}](${relativeTo(page, shown)}${hash})`
    return repositoryUrl === undefined ? label : `[${label}](${repositoryUrl}/blob/main/${linked}${hash})`
  }
}

function relativeTo(page, target) {
  const path = posix.relative(posix.dirname(page), target)
  return path.startsWith('.') ? path : `./${path}`
}

async function config() {
  const options = {
    title: 'liveparam',
    description,
    outDir: out,
    cacheDir: join(source, '.cache'),
    themeConfig: {
      search: { provider: 'local' },
      outline: [2, 3],
      nav: [
        { text: 'Start', link: '/start' },
        { text: 'API', link: '/api/README' },
        { text: 'Changes', link: '/changelog' },
      ],
      sidebar: await sidebar(),
    },
  }
  return `export default { ...${JSON.stringify(options, undefined, 2)}, markdown: { anchor: { slugify } } }

// The anchors of GitHub, so that a link works in both places.
${slugify}
`
}

function slugify(heading) {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_\- ]/gu, '')
    .replaceAll(' ', '-')
}

/** The groups and pages that the README lists. */
async function sidebar() {
  const readme = await readFile(join(root, 'README.md'), 'utf8')
  const section = readme.slice(readme.indexOf('## Documentation'))
  const groups = [...section.matchAll(/^- \*\*(.+?):\*\*([\s\S]*?)(?=^- |\n\n)/gm)].map(([, text, links]) => ({
    text,
    items: [...links.matchAll(/\[([^\]]+)\]\(([^)#]+)\)/g)].map(([, text, file]) => ({ text, link: linkTo(file) })),
  }))
  const entries = (await pagesOf('docs/api')).filter((file) => basename(file) !== 'README.md')
  const api = entries.map((file) => ({ text: basename(file, '.md'), link: linkTo(file) }))
  return [...groups, { text: 'API', collapsed: true, items: api }]
}

function linkTo(file) {
  return `/${(outside.get(file) ?? file.slice('docs/'.length)).replace(/\.md$/, '')}`
}
