/**
 * What runs in the browser. It puts text and attributes in place, and never HTML: whatever the JSON holds, it is shown
 * and not interpreted. What is the same stays the same element, with its focus, selection and scroll position.
 */
export const pageScript = `
const refreshMs = 3000
const root = document.documentElement
const byId = (id) => document.getElementById(id)
const search = byId('search')
let silentSince

// What the reader does to the page is not undone.
const readersOwn = new Set(['open', 'hidden'])

function make(node) {
  if (typeof node === 'string') return document.createTextNode(node)
  const element = document.createElement(node[0])
  if (node[1].open !== undefined) element.open = true
  update(element, node)
  return element
}

function update(element, [, attributes, ...children]) {
  for (const [name, value] of Object.entries(attributes)) {
    if (!readersOwn.has(name) && element.getAttribute(name) !== value) element.setAttribute(name, value)
  }
  for (const name of element.getAttributeNames()) {
    if (!readersOwn.has(name) && !(name in attributes)) element.removeAttribute(name)
  }
  fill(element, children)
}

function fill(parent, nodes) {
  const keyed = new Map()
  for (const child of parent.children) if (child.dataset.key !== undefined) keyed.set(child.dataset.key, child)
  let at = parent.firstChild
  for (const node of nodes) {
    const found = find(at, node, keyed)
    if (found === undefined) parent.insertBefore(make(node), at)
    else {
      if (found === at) at = at.nextSibling
      else parent.insertBefore(found, at)
      if (typeof node !== 'string') update(found, node)
      else if (found.data !== node) found.data = node
    }
  }
  while (at !== null) {
    const next = at.nextSibling
    at.remove()
    at = next
  }
}

function find(at, node, keyed) {
  if (typeof node === 'string') return at !== null && at.nodeType === Node.TEXT_NODE ? at : undefined
  const [tag, attributes] = node
  const key = attributes['data-key']
  const isAlike = at !== null && at.nodeType === Node.ELEMENT_NODE && at.dataset.key === undefined
  const found = key === undefined ? (isAlike ? at : undefined) : keyed.get(key)
  return found !== undefined && found.localName === tag ? found : undefined
}

function show({ title, tone, spoken, keysTag, parts }) {
  document.title = title
  root.dataset.tone = tone
  root.dataset.keys = keysTag
  for (const [id, nodes] of Object.entries(parts)) fill(byId(id), nodes)
  const told = byId('spoken')
  if (told.textContent !== spoken) told.textContent = spoken
  showIcon()
  filter()
}

function showIcon() {
  const colour = { good: '%231a7f4b', warn: '%23b7791f', bad: '%23c5303a' }[root.dataset.tone]
  const circle = "%3Ccircle cx='8' cy='8' r='6' fill='" + colour + "'/%3E"
  const href = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E" + circle + '%3C/svg%3E'
  const icon = document.querySelector('link[rel=icon]')
  if (icon.getAttribute('href') !== href) icon.setAttribute('href', href)
}

function filter() {
  const words = search.value.toLowerCase().split(/\\s+/).filter((word) => word !== '')
  let found = 0
  const rows = byId('keys').querySelectorAll('[data-search]')
  for (const row of document.querySelectorAll('[data-search]')) {
    const text = row.textContent.toLowerCase()
    row.hidden = !words.every((word) => text.includes(word))
  }
  for (const row of rows) if (!row.hidden) found++
  const counted = words.length === 0 ? String(rows.length) : found + ' of ' + rows.length
  if (byId('found').textContent !== counted) byId('found').textContent = counted
  byId('nothing').hidden = found > 0 || words.length === 0
}

function showContact(problem) {
  const contact = byId('contact')
  if (problem === undefined) silentSince = undefined
  else silentSince ??= new Date()
  root.toggleAttribute('data-silent', problem !== undefined)
  contact.hidden = problem === undefined
  if (problem === undefined) return
  const time = silentSince.toISOString().slice(11, 19)
  const text = 'No contact since ' + time + ' UTC: ' + problem + '. What is shown is from before. It is tried again.'
  if (contact.textContent !== text) contact.textContent = text
}

async function refresh() {
  try {
    const url = root.dataset.folder + 'page.json?keys=' + encodeURIComponent(root.dataset.keys)
    const response = await fetch(url, { cache: 'no-store', signal: AbortSignal.timeout(10_000) })
    if (response.ok) {
      show(await response.json())
      showContact(undefined)
    } else showContact(response.status === 404 ? 'the page is gone, or no longer yours to see' : 'status ' + response.status)
  } catch {
    showContact('the server does not answer')
  }
}

const outcomes = {
  changed: 'The configuration has changed.',
  unchanged: 'Nothing has changed.',
  failed: 'The refresh has failed: see the last error.',
}

async function refreshNow() {
  const button = byId('refresh')
  button.disabled = true
  byId('refreshed').textContent = 'Reading …'
  byId('refreshed').textContent = await askToRefresh()
  await refresh()
  button.disabled = false
}

async function askToRefresh() {
  try {
    const how = { method: 'POST', headers: { 'x-liveparam': 'refresh' }, cache: 'no-store' }
    const response = await fetch(root.dataset.folder + 'refresh', { ...how, signal: AbortSignal.timeout(60_000) })
    if (!response.ok) return 'The refresh was refused: status ' + response.status + '.'
    return outcomes[(await response.json()).outcome] ?? outcomes.failed
  } catch {
    return 'The server does not answer.'
  }
}

// One after the other, and none while nobody looks.
async function keepFresh() {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, refreshMs))
    if (document.hidden) {
      await new Promise((resolve) => document.addEventListener('visibilitychange', resolve, { once: true }))
    }
    await refresh()
  }
}

search.addEventListener('input', filter)
byId('refresh').addEventListener('click', refreshNow)
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
  const isTyping = event.target.matches('input, textarea, select, [contenteditable]')
  if (event.key === '/' && !isTyping) {
    event.preventDefault()
    search.focus()
    search.select()
  } else if (event.key === 'Escape' && event.target === search) {
    event.preventDefault()
    if (search.value === '') search.blur()
    search.value = ''
    filter()
  }
})
byId('search-box').hidden = false
byId('live').hidden = false
byId('tools').hidden = false
showIcon()
filter()
keepFresh()
`
