import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse, View } from 'vega'
import { compile } from 'vega-lite'

// Generates the plots and tables from the results of `npm run bench -- --record`. node docs/plots.mjs [folder]
const root = fileURLToPath(new URL('..', import.meta.url))
const out = process.argv[2] ?? join(root, 'docs/benchmarks')
const { benches } = JSON.parse(await readFile(join(root, 'bench/results.json'), 'utf8'))

const own = '#0b6bcb'
const other = '#b4bcc6'
const config = {
  background: 'white',
  padding: 12,
  font: 'Helvetica, Arial, sans-serif',
  view: { stroke: null },
  axis: {
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    gridColor: '#e6e9ec',
    labelLimit: 0,
    domain: false,
    ticks: false,
  },
  header: { labelFontSize: 13, labelFontWeight: 'bold', title: null },
  title: { fontSize: 14, anchor: 'start', offset: 12 },
  bar: { cornerRadiusEnd: 2 },
  legend: { labelFontSize: 12, title: null, orient: 'bottom' },
}

const plots = {
  'cold-load': coldLoad(),
  'cold-start': coldStart(),
  throttled: throttled(),
  notifications: notifications(),
  memory: memory(),
}
await mkdir(out, { recursive: true })
for (const [name, spec] of Object.entries(plots)) {
  const view = new View(parse(compile({ ...spec, config }).spec), { renderer: 'none' })
  await writeFile(join(out, `${name}.svg`), `${await view.toSVG()}\n`)
}

await writeFile(join(out, 'tables.md'), tables())

function tables() {
  const [{ machine, versions }] = Object.values(benches)
  const text = Object.entries(benches).map(([name, bench]) =>
    [
      `## ${name}`,
      ...(bench.machine === machine ? [] : [`${bench.machine}.`]),
      ...bench.tables.map(({ head, rows }) => tableOf([head, head.map(() => '---'), ...rows])),
    ].join('\n\n'),
  )
  return `${['# Benchmark results', `${machine}, ${versions.join(', ')}. Medians of one run.`, ...text].join('\n\n')}\n`
}

function tableOf(rows) {
  return rows.map((row) => `| ${row.join(' | ')} |`).join('\n')
}

function coldLoad() {
  const values = tablesOf('cold-load', /^cold load of (.+)$/).flatMap(([count, rows]) =>
    rows.map(([who, median]) => ({ group: `${grouped(Number(count))} parameters`, who, ...inMs(median) })),
  )
  const title = 'Cold load with a new client, 20 ms per call (median; logarithmic)'
  return bars(values, { title, field: 'ms', scale: { type: 'log', domainMin: 10 } })
}

function coldStart() {
  const values = tablesOf('start', /^cold start of 100(.*)$/).flatMap(([how, rows]) => {
    const group = how === '' ? 'as installed' : 'bundled by esbuild'
    return rows.map(([who, median]) => ({ group, who: nameOf(who), ...inMs(median) }))
  })
  return bars(values, { title: 'Cold start of 100 parameters in a new process (median)', field: 'ms' })
}

function throttled() {
  const values = tablesOf('throttled', /^1,000 behind (\d+) calls per second$/).flatMap(([rate, rows]) =>
    rows.map(([who, failed, time]) => {
      const ratio = time === '' ? 0 : numberOf(time)
      return {
        group: `${rate} calls per second`,
        who,
        ratio,
        label: time === '' ? `${failed} failed` : `${ratio.toFixed(2)} ×`,
      }
    }),
  )
  const title = '1,000 parameters behind a quota: time relative to the minimum (median)'
  return bars(values, { title, field: 'ratio' })
}

function notifications() {
  const parts = ['delivery', 'quiescence', 'read', 'overhead']
  const values = tablesOf('notifications', /^from a write to the change event$/).flatMap(([, rows]) =>
    rows.flatMap(([route, , ...times]) =>
      times.map((time, index) => ({ route, part: parts[index], order: index, ms: numberOf(time) })),
    ),
  )
  return {
    title: 'From a write to the change event (median)',
    width: 520,
    height: { step: 34 },
    data: { values },
    mark: 'bar',
    encoding: {
      y: { field: 'route', type: 'nominal', title: null, sort: null },
      x: { field: 'ms', type: 'quantitative', title: 'ms', stack: true },
      order: { field: 'order' },
      color: { field: 'part', sort: parts, scale: { domain: parts, range: ['#7aa7d9', '#d7dde3', own, '#e2853a'] } },
    },
  }
}

function memory() {
  const tables = tablesOf('memory', /^10,000 parameters, (.+)$/)
  const values = tables.flatMap(([schema, rows]) =>
    rows.map(([when, bytes]) => ({
      schema,
      refreshes: when === 'loaded' ? 0 : numberOf(when.replace('after ', '')),
      bytes: numberOf(bytes),
    })),
  )
  const rule = { data: { values: [{ budget: 800 }] }, encoding: { y: { field: 'budget', type: 'quantitative' } } }
  return {
    title: 'Memory per parameter (10,000 of 100 bytes, with names and versions)',
    width: 520,
    height: 220,
    data: { values },
    layer: [
      {
        mark: { type: 'line', point: true },
        encoding: {
          x: {
            field: 'refreshes',
            type: 'quantitative',
            title: 'refreshes (one in fifty finds a change)',
            axis: { format: ',d' },
          },
          y: { field: 'bytes', type: 'quantitative', title: 'bytes', scale: { domainMin: 0, domainMax: 900 } },
          color: { field: 'schema', scale: { range: [own, '#e2853a'] } },
        },
      },
      { mark: { type: 'rule', strokeDash: [6, 4], color: '#57606a' }, ...rule },
      {
        mark: {
          type: 'text',
          align: 'left',
          dy: -7,
          text: 'budget: three times the value plus 500 bytes',
          x: 4,
          color: '#57606a',
        },
        ...rule,
      },
    ],
  }
}

/** One row of bars per group. The bars of liveparam have their own colour. */
function bars(values, { title, field, scale = {} }) {
  const groups = [...new Set(values.map(({ group }) => group))]
  const x = { field, type: 'quantitative', title: null, axis: null, scale }
  const y = { field: 'who', type: 'nominal', title: null, sort: null }
  // On a logarithmic scale, bars begin at the minimum.
  const from = scale.domainMin === undefined ? {} : { x2: { datum: scale.domainMin } }
  const isOwn = "indexof(datum.who, 'liveparam') === 0"
  const color = { condition: { test: isOwn, value: own }, value: other }
  return {
    title,
    data: { values },
    facet: { row: { field: 'group', type: 'nominal', sort: groups, header: { orient: 'top', labelAnchor: 'start' } } },
    spec: {
      width: 420,
      height: { step: 22 },
      layer: [
        { mark: 'bar', encoding: { x, ...from, y, color } },
        { mark: { type: 'text', align: 'left', dx: 5, fontSize: 12 }, encoding: { x, y, text: { field: 'label' } } },
      ],
    },
  }
}

/** The tables of a benchmark whose title matches: the captured text, and the rows. */
function tablesOf(bench, pattern) {
  return benches[bench].tables.flatMap(({ head, rows }) => {
    const found = pattern.exec(head[0])
    return found === null ? [] : [[found[1] ?? '', rows]]
  })
}

function inMs(text) {
  const ms = numberOf(text)
  return { ms, label: `${grouped(ms)} ms` }
}

function grouped(number) {
  return number.toLocaleString('en')
}

function numberOf(text) {
  return Number.parseFloat(text.replaceAll(',', ''))
}

function nameOf(who) {
  return (
    { bare: 'bare parallel GetParameters', paginator: 'SDK paginator', powertools: 'Powertools', middy: 'Middy' }[
      who
    ] ?? who
  )
}
