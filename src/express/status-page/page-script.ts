/** Runs in the browser. */
export const pageScript = `
const refreshMs = 3000
const root = document.documentElement
const byId = (id) => document.getElementById(id)
const search = byId('search')
let silentSince

// An XMLHttpRequest parses the page without running its scripts, and needs no trusted types policy.
function fetchPage() {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest()
    request.open('GET', root.dataset.folder + '?keys=' + encodeURIComponent(byId('keys').dataset.tag))
    request.responseType = 'document'
    request.timeout = 10000
    request.onloadend = () => resolve(request)
    request.send()
  })
}

function show(page) {
  document.title = page.title
  root.dataset.tone = page.documentElement.dataset.tone
  for (const id of ['summary', 'changes', 'details', 'spoken']) updateChildren(byId(id), page.getElementById(id))
  const [current, latest] = [byId('keys'), page.getElementById('keys')]
  if (current.dataset.tag !== latest.dataset.tag) update(current, latest)
  showIcon()
  filter()
}

// The reader changes these attributes.
const kept = new Set(['open', 'hidden'])

function update(element, latest) {
  if (element.isEqualNode(latest)) return
  for (const name of element.getAttributeNames()) {
    if (!kept.has(name) && !latest.hasAttribute(name)) element.removeAttribute(name)
  }
  for (const { name, value } of latest.attributes) {
    if (!kept.has(name) && element.getAttribute(name) !== value) element.setAttribute(name, value)
  }
  updateChildren(element, latest)
}

// Keeps elements with their focus, selection and scroll position. Rows are matched by key, other nodes by position.
function updateChildren(parent, latest) {
  const rows = new Map(Array.from(parent.children, (child) => [child.dataset.key, child]))
  let next = parent.firstChild
  for (const node of [...latest.childNodes]) {
    const key = node.dataset?.key
    const match = key === undefined ? next : rows.get(key)
    if (!match || match.nodeName !== node.nodeName || match.dataset?.key !== key) {
      parent.insertBefore(node, next)
      continue
    }
    if (match === next) next = next.nextSibling
    else parent.insertBefore(match, next)
    if (node.nodeType === Node.ELEMENT_NODE) update(match, node)
    else if (match.data !== node.data) match.data = node.data
  }
  while (next !== null) {
    const after = next.nextSibling
    next.remove()
    next = after
  }
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
  const text = 'No contact since ' + time + ' UTC: ' + problem + '. The page shows the last known state and keeps trying.'
  if (contact.textContent !== text) contact.textContent = text
}

async function refresh() {
  const { status, response } = await fetchPage()
  if (status === 200 && response?.getElementById('summary')) {
    show(response)
    showContact(undefined)
  } else if (status === 0) showContact('the server does not answer')
  else if (status === 404) showContact('the page no longer exists, or you may no longer see it')
  else showContact('the server answers with status ' + status)
}

const outcomes = {
  changed: 'The configuration has changed.',
  unchanged: 'The configuration has not changed.',
}

async function refreshNow() {
  const button = byId('refresh')
  button.disabled = true
  byId('refreshed').textContent = 'Refreshing …'
  byId('refreshed').textContent = await requestRefresh()
  await refresh()
  button.disabled = false
}

async function requestRefresh() {
  try {
    const options = { method: 'POST', headers: { 'x-liveparam': 'refresh' }, cache: 'no-store' }
    const response = await fetch(root.dataset.folder + 'refresh', { ...options, signal: AbortSignal.timeout(60_000) })
    if (!response.ok) return 'The refresh was refused: status ' + response.status + '.'
    const { outcome, reason } = await response.json()
    return outcomes[outcome] ?? 'The refresh failed: ' + reason + '.'
  } catch {
    return 'The server does not answer.'
  }
}

// One request at a time, and none while the page is hidden.
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
