import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../support/entry-points.ts'
import { identifiersOf, type Passage, proseOf, titlesOf } from '../support/prose.ts'

const phrases: readonly RegExp[] = [
  /\b(told|tells)\b/,
  /\b(a|an|one|no|each|every|another|this|that|further|more|later|last|next|first|second|two|three|\d+) looks?\b/,
  /\b(look|looks|looked|looking) at\b/,
  /\bflights?\b/,
  /\b(landings?|cargo|passengers?|airport|newborn|vigil|post[- ]office|shelf|thaw(s|ed)?|hearing|second[- ]try)\b/,
  /\b(doubts?|doubted|owed|heeds?|forgives?|forgiven|grounded|judges?|judged|verdicts?|overlays?|overlaid|laid)\b/,
  /\bof (which|whom|whose)\b/,
  /\b(is|are|was|were) (none|news)\b/,
  /\bno news\b/,
  /\banew\b/,
  /\bfor ever\b/,
  /\ball the same\b/,
  /\b(whatever|whoever|whomever|whichever|somebody|nobody)\b/,
  /\bthose who\b/,
  /\bone that\b/,
]

const formerNames = new Set(
  `Life LifeRules newborn Stepper Gate workOn mergeWork Flights flight fly Landing landing Flown Cargo looks nextLookAt
   owed cuts doubt doubts doubted unmoved woke told heed vigil suspect forgive keepTime becomeStale grounded Airport
   passenger takeOff lookUntilAccepted Outlook someATurn setOut inTurns inOneGo breathe stride alarm steadyTime ErrorFacts
   isSevered CallFailed takeEvent takeChange ConfigProbe ObservedConfig missedByPush Announcer complain PostOffice Hearing
   thaw thawed Readout SecretShelf LossGuard judge Verdict overlay Spot growTree tellLogger secondTry
   someText aFunction bury sweepAway ParameterLife warnOfDeafness FlightRecorder`.split(/\s+/),
)

// The changelog names what was renamed.
const allowed: readonly string[] = ['`thawed`']

describe('plain English', () => {
  const sources = filesBelow('src', '.ts')

  it.each(sources)('%s', (file) => {
    const text = read(file)
    expect([...bannedIn(file, proseOf(text)), ...formerIn(file, identifiersOf(text))]).toEqual([])
  })

  it.each(filesBelow('test', '.test.ts'))('%s', (file) => {
    const titles = titlesOf(read(file))
    const fragments = titles.filter(({ text }) => /^.(and|but|also|or)\b/i.test(text))
    expect([...bannedIn(file, titles), ...fragments.map((title) => shown(file, title, 'fragment'))]).toEqual([])
  })

  it.each(['README.md', 'CHANGELOG.md', ...filesIn('docs', '.md')])('%s', (file) => {
    const lines = read(file).split('\n')
    const passages = lines.map((text, index) => ({
      line: index + 1,
      text: text.replace(/\]\([^)]*\)|https?:\S+/g, ''),
    }))
    expect(bannedIn(file, passages)).toEqual([])
  })
})

function bannedIn(file: string, passages: readonly Passage[]): string[] {
  return passages.flatMap((passage) => {
    const text = allowed.reduce((rest, quoted) => rest.replaceAll(quoted, ''), passage.text)
    return phrases.flatMap((phrase) => {
      const matches = text.matchAll(new RegExp(phrase, 'gi'))
      return [...matches].map(([found]) => shown(file, passage, found))
    })
  })
}

function formerIn(file: string, names: readonly Passage[]): string[] {
  return names
    .filter(({ text }) => formerNames.has(text.replace(/^#/, '')))
    .map((name) => shown(file, name, 'former name'))
}

function shown(file: string, { line, text }: Passage, found: string): string {
  return `${file}:${line} ${found}: ${text.replace(/\s+/g, ' ').slice(0, 120)}`
}

function filesBelow(folder: string, end: string): string[] {
  return filesIn(folder, end, true)
}

function filesIn(folder: string, end: string, recursive = false): string[] {
  return readdirSync(join(root, folder), { recursive, encoding: 'utf8' })
    .filter((path) => path.endsWith(end) && !path.includes('node_modules'))
    .map((path) => join(folder, path))
    .sort()
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}
