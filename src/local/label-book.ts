/** The labels of versions, now and at any earlier time. */
export class LabelBook<Version> {
  readonly #moves: { readonly label: string; readonly version: Version | undefined; readonly at: number }[] = []

  /** Moves a label to a version. A label is on one version at most; `undefined` removes it. */
  move(label: string, version: Version | undefined, at: number): void {
    this.#moves.push({ label, version, at })
  }

  versionOf(label: string, at: number): Version | undefined {
    return this.#moves.findLast((move) => move.label === label && move.at <= at)?.version
  }

  labelsOf(version: Version, at: number): string[] {
    const labels = new Set(this.#moves.filter((move) => move.version === version).map(({ label }) => label))
    return [...labels].filter((label) => this.versionOf(label, at) === version)
  }
}
