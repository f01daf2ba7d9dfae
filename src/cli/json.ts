// The name of a point in time ends so. Inside the process, it is in milliseconds since the Unix epoch.
const dateName = /(?:^a|A)t$/

/** Writes a result as JSON, with its dates as ISO 8601 texts. `indent` is the number of spaces; 0 makes one line. */
export function toJson(value: object, indent = 2): string {
  const toText = (name: string, part: unknown) =>
    dateName.test(name) && typeof part === 'number' ? new Date(part).toISOString() : part
  return JSON.stringify(value, toText, indent)
}

/** Reads what {@link toJson} writes. @throws SyntaxError if the text is not JSON. */
export function fromJson(text: string): unknown {
  return JSON.parse(text, (name, part) => (dateName.test(name) && typeof part === 'string' ? Date.parse(part) : part))
}
