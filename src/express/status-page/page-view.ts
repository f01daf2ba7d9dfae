import { drawChanges } from './changes-view.ts'
import { drawDetails } from './details-view.ts'
import { drawKeys } from './keys-view.ts'
import type { PageNode } from './page-node.ts'
import type { KeysReport, StatusNews } from './report.ts'
import { drawSummary, type Tone, toneOf } from './summary-view.ts'

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

/** The keys of a revision have this tag. */
export function tagOf({ status }: StatusNews): string {
  return `${status.revision ?? 'none'}`
}

/** @param keys Left out when the browser has those with the same tag. */
export function drawPage(news: StatusNews, keys?: KeysReport): DrawnPage {
  const { status, title } = news
  const revision = status.revision === undefined ? '' : `, revision ${status.revision}`
  return {
    title: `${status.state} · ${title}`,
    tone: toneOf(news),
    spoken: `${status.state}${revision}`,
    keysTag: tagOf(news),
    parts: {
      summary: drawSummary(news),
      changes: drawChanges(news),
      ...(keys !== undefined && { keys: drawKeys(keys) }),
      details: drawDetails(news),
    },
  }
}
