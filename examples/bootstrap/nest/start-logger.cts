import { ConsoleLogger } from '@nestjs/common'
import { isConfigError } from 'liveparam'

/** Skips the error of a failed load, which Nest would log with its stack: main.cts prints it. */
export class StartLogger extends ConsoleLogger {
  override error(message: unknown, ...details: unknown[]): void {
    if (!isConfigError(message)) super.error(message, ...details)
  }
}
