import type { Problem } from '../errors.ts'
import type { Note } from './notes.ts'
import type { Report } from './report.ts'

/**
 * Workflow commands that make annotations: an error for each problem, a warning or, with `--strict`, an error for each
 * note.
 *
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 */
export function annotationsOf({ definition: { file }, problems, notes }: Report, isStrict: boolean): string[] {
  return [
    ...problems.map((problem) => annotation('error', file, problem)),
    ...notes.map((note) => annotation(isStrict ? 'error' : 'warning', file, note)),
  ]
}

function annotation(level: 'error' | 'warning', file: string, problem: Problem | Note): string {
  const { code, key, parameter, detail, remedy } = problem
  const expected = 'expected' in problem && problem.expected !== undefined ? `expected ${problem.expected}: ` : ''
  const title = `${[key, parameter].filter((part) => part !== undefined).join(' ')} ${code}`.trim()
  const message = `${expected}${detail}${remedy === undefined ? '' : `\n→ ${remedy}`}`
  return `::${level} file=${property(file)},title=${property(title)}::${data(message)}`
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
