import { htmlEscape } from 'escape-goat'
import { printable } from '../../messages/printable.ts'

/** A part of the page: text, or an element with its attributes and what is inside. The browser gets it as JSON. */
export type PageNode = string | PageElement

export type PageElement = readonly [tag: string, attributes: Attributes, ...children: PageNode[]]

export type Attributes = Readonly<Record<string, string>>

/** What may stand among the children of an element: nothing is left out. */
export type Child = PageNode | undefined | readonly Child[]

/** An element. Texts may come from the store: characters that cannot be seen are escaped, line breaks outside of `pre` too. */
export function h(tag: string, attributes: Attributes, ...children: readonly Child[]): PageElement {
  const show = tag === 'pre' ? printableLines : printable
  const shown = Object.entries(attributes).map(([name, value]) => [name, printable(value)])
  return [tag, Object.fromEntries(shown), ...flatten(children, show)]
}

function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n')
}

/** The HTML of nodes. Tags and names of attributes are ours; everything else is escaped. */
export function toHtml(nodes: readonly PageNode[]): string {
  return nodes.map((node) => (typeof node === 'string' ? htmlEscape(node) : elementToHtml(node))).join('')
}

function elementToHtml([tag, attributes, ...children]: PageElement): string {
  const written = Object.entries(attributes).map(([name, value]) => ` ${name}="${htmlEscape(value)}"`)
  return `<${tag}${written.join('')}>${toHtml(children)}</${tag}>`
}

function flatten(children: readonly Child[], show: (text: string) => string): PageNode[] {
  const nodes: PageNode[] = []
  for (const child of children) {
    if (child === undefined || child === '') continue
    if (typeof child === 'string') nodes.push(show(child))
    else if (isElement(child)) nodes.push(child)
    else nodes.push(...flatten(child, show))
  }
  return nodes
}

// A list of children never begins with text that is followed by attributes.
function isElement(child: PageElement | readonly Child[]): child is PageElement {
  const [tag, attributes] = child
  return typeof tag === 'string' && typeof attributes === 'object' && !Array.isArray(attributes)
}
