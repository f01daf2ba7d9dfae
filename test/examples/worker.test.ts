import { expect, it } from 'vitest'
import { runNode } from '../support/run-process.ts'

it('examples/worker writes each invoice with one revision', { timeout: 60_000 }, async () => {
  const { code, output, errors } = await runNode(['examples/worker/main.ts'])

  expect({ code, errors }).toEqual({ code: 0, errors: '' })
  expect(output.split('\n')).toEqual([
    '-- revision 2: currency and taxPercent changed in the middle of a job',
    'A-1 (revision 1): net 100.00 EUR, gross 120.00 EUR',
    'A-2 (revision 2): net 100.00 CHF, gross 108.10 CHF',
    'A-3 (revision 2): net 100.00 CHF, gross 108.10 CHF',
    '',
  ])
})
