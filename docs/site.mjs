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
    head: [['style', {}, phoneStyle()]],
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
  return `export default {
  ...${JSON.stringify(options, undefined, 2)},
  markdown: { anchor: { slugify }, config: labelCells },
}

// The anchors of GitHub, so that a link works in both places.
${slugify}

${labelCells}
`
}

/** On a phone, wide tables become lists of rows, and other tables get narrow. Only code scrolls sideways. */
function phoneStyle() {
  return `@media (max-width: 640px) {
  .vp-doc table { display: table; width: 100%; }
  .vp-doc th, .vp-doc td { padding: 6px 7px; font-size: 13px; }
  .vp-doc code, .vp-doc a { overflow-wrap: anywhere; }
  .vp-doc .wide, .vp-doc .wide tbody, .vp-doc .wide tr, .vp-doc .wide td { display: block; }
  .vp-doc .wide thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .vp-doc .wide tr { padding: 6px 0; }
  .vp-doc .wide td { padding: 2px 10px; border: 0; }
  .vp-doc .wide td:first-child { font-weight: 600; }
  .vp-doc .wide td:empty { display: none; }
  .vp-doc .wide td + [data-column]:not([data-column=''])::before { content: attr(data-column) ': '; color: var(--vp-c-text-2); }
}`
}

/** Gives each cell the name of its column, and marks tables of prose or long headings. The function becomes text of the configuration. */
function labelCells(markdown) {
  // The rule of VitePress drops attributes.
  markdown.renderer.rules.table_open = (...token) => markdown.renderer.renderToken(...token)
  markdown.core.ruler.push('label_cells', ({ tokens }) => {
    let table
    let columns = []
    let cell = 0
    for (const [at, { type }] of tokens.entries()) {
      if (type === 'table_open') {
        table = tokens[at]
        columns = []
        table.attrSet('tabindex', '0')
      }
      if (type === 'th_open') columns.push(tokens[at + 1].content.replace(/\W+$/, ''))
      if (type === 'tr_open') cell = 0
      if (type !== 'td_open') continue
      if (columns.length > 2) tokens[at].attrSet('data-column', columns[cell])
      cell++
      const isProse = tokens[at + 1].content.length > 50
      const isBroad = columns.length > 3 && columns.join('').length > 45
      if (isProse || isBroad) table.attrSet('class', 'wide')
    }
  })
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
