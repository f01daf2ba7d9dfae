import { ConsoleLogger } from '@nestjs/common'
import { isConfigError } from 'liveparam'

/** Leaves out what a config rejects with, which Nest would log with its stack: whoever starts the application tells it. */
export class StartLogger extends ConsoleLogger {
  override error(message: unknown, ...details: unknown[]): void {
    if (!isConfigError(message)) super.error(message, ...details)
  }
}
