import type { Arguments } from '../arguments.ts'
import { printReport } from '../check-report.ts'
import type { Command, ExitCode } from '../command.ts'
import { annotationsOf } from '../github.ts'
import { toJson } from '../json.ts'
import { nextSteps } from '../next-steps.ts'
import { definitionOptions, openDefinition } from '../open-definition.ts'
import { outputOptions } from '../output-options.ts'
import { readReport, reportOf } from '../report.ts'
import { survey } from '../survey.ts'
import type { Terminal } from '../terminal.ts'

export const check: Command = {
  name: 'check',
  summary: 'Compare what is stored with the schema, as a start would',
  usage: '[definition]',
  examples: [
    { line: 'liveparam check', means: 'does the store hold what config.ts needs?' },
    {
      line: 'liveparam check --path /shop/prod --profile prod --strict --format github',
      means: 'in a workflow, before a deployment: notes fail too, and become annotations',
    },
    {
      line: 'liveparam check --json > before.json; …; liveparam check --against before.json',
      means: 'what changed in between, by key',
    },
  ],
  most: 1,
  options: {
    ...definitionOptions,
    strict: { type: 'boolean', help: 'Fail if there are notes, too' },
    policies: {
      type: 'boolean',
      help: 'Also report parameters that expire within 30 days (calls ssm:DescribeParameters)',
    },
    ignore: {
      type: 'string',
      value: '<name>',
      multiple: true,
      help: "Do not report this stored name if the schema does not cover it; * is any text, such as '/shared/*'",
    },
    against: { type: 'string', value: '<file>', help: 'Compare with an earlier check --json' },
    all: { type: 'boolean', help: 'List every key, also if there are more than 40' },
    format: {
      type: 'string',
      choices: ['text', 'json', 'github'],
      help: 'How to print the result; github adds annotations for GitHub Actions',
    },
    ...outputOptions,
  },
  details: [
    'Reports in one run everything that a start would refuse: what is missing, unreadable or invalid. Notes do not refuse a start: stored names that the schema does not cover, data types that disagree with it, sensitive keys that are not encrypted. No value is printed.',
    'Exit code: 0 if a start would succeed, 1 if it would fail (with --strict: or if there are notes), 2 for wrong usage.',
  ],
  run: runCheck,
}

async function runCheck(given: Arguments, terminal: Terminal): Promise<ExitCode> {
  const against = given.text('against')
  const before = against === undefined ? undefined : await readReport(against, terminal.folder)
  const opened = await openDefinition(given.positionals[0], given, terminal)
  if (opened.options.prepare !== undefined)
    terminal.note('note: the hook prepare is not called, because it may open connections')
  const found = await survey(opened, terminal, { lists: true, policies: given.has('policies') })
  const report = reportOf(found, opened, {
    before,
    ignored: given.texts('ignore'),
    isStrict: given.has('strict'),
    now: terminal.now(),
  })
  const format = given.has('json') ? 'json' : (given.text('format') ?? 'text')
  if (format === 'json') terminal.print(toJson(report))
  else {
    if (format === 'github') for (const line of annotationsOf(report, given.has('strict'))) terminal.print(line)
    const next = await nextSteps(report, given, terminal)
    printReport(report, found.error, { terminal, isWhole: given.has('all'), next })
  }
  return report.isAccepted ? 0 : 1
}
