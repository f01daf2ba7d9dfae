import { drawChanges } from './draw-changes.ts'
import { drawDetails } from './draw-details.ts'
import { drawKeys } from './draw-keys.ts'
import { drawSummary, type Tone, toneOf } from './draw-summary.ts'
import type { PageNode } from './page-node.ts'
import type { StatusReport } from './report.ts'

/** The page, part by part, as `page.json` has it. */
export interface DrawnPage {
  /** For the title of the window. */
  readonly title: string
  readonly tone: Tone
  /** What somebody who cannot see the page is told when it has become another. */
  readonly spoken: string
  readonly parts: Readonly<Partial<Record<PartName, readonly PageNode[]>>>
  /** Which keys these are: the part that holds them is the same as long as this is. */
  readonly keysTag: string
}

export type PartName = 'summary' | 'changes' | 'keys' | 'details'

/** @param heldKeys The tag of the keys that the browser has: they are not drawn again. */
export function drawPage(report: StatusReport, heldKeys?: string): DrawnPage {
  const { status, title } = report
  const keysTag = `${status.revision ?? 'none'}`
  const revision = status.revision === undefined ? '' : `, revision ${status.revision}`
  return {
    title: `${status.state} · ${title}`,
    tone: toneOf(report),
    spoken: `${status.state}${revision}`,
    keysTag,
    parts: {
      summary: drawSummary(report),
      changes: drawChanges(report),
      ...(heldKeys !== keysTag && { keys: drawKeys(report) }),
      details: drawDetails(report),
    },
  }
}
