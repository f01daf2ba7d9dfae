/** A saved reading that cannot be used. The message describes it as a clause, such as `it is corrupt`. */
export class UnusableReading extends Error {
  override readonly name = 'UnusableReading'
}
