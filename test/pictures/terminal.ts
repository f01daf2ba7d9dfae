const colours: Readonly<Record<string, string>> = {
  31: '#ff8a8f',
  32: '#5fd39a',
  33: '#f0c060',
  34: '#8ab0ff',
  35: '#d3a4ff',
  36: '#6fd3e0',
  90: '#9aa4b2',
}
const lineHeight = 20
const columnWidth = 8.43

// The escape character is written so that no formatter sees a control character in a regular expression.
const escapeCharacter = String.fromCharCode(27)
const ansi = new RegExp(`${escapeCharacter}\\[([\\d;]*)m`, 'g')

type Style = Readonly<Record<string, string>>

/** The picture of a terminal, as SVG, from text with ANSI styles. */
export function terminalPicture(title: string, text: string): string {
  // A command that returns to the start of a line has overwritten it with spaces.
  const lines = text
    .replaceAll(/\r(?=\n)/g, '')
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\r').at(-1) ?? '')
  const columns = Math.max(...lines.map((line) => line.replaceAll(ansi, '').length))
  const [width, height] = [Math.ceil(columns * columnWidth) + 48, lines.length * lineHeight + 64]
  const dots = ['#ff8a8f', '#f0c060', '#5fd39a'].map(
    (fill, index) => `<circle cx="${24 + index * 20}" cy="22" r="6" fill="${fill}"/>`,
  )
  const rows = lines.map((line, index) => `<text x="24" y="${60 + index * lineHeight}">${styledLine(line)}</text>`)
  const font = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', 'DejaVu Sans Mono', monospace"
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<title>${escapeXml(title)}</title>`,
    `<style>text { font: 14px ${font}; fill: #e6e9ee; white-space: pre; }</style>`,
    `<rect width="${width}" height="${height}" rx="10" fill="#14171c"/>`,
    dots.join(''),
    ...rows,
    '</svg>',
  ].join('\n')}\n`
}

function styledLine(line: string): string {
  let style: Style = {}
  const parts = line.split(ansi).map((part, index) => {
    // Every second part is what the pattern captures.
    if (index % 2 === 1) {
      style = part.split(';').reduce(applyCode, style)
      return ''
    }
    if (part === '') return ''
    const attributes = Object.entries(style).map(([name, value]) => ` ${name}="${value}"`)
    return attributes.length === 0 ? escapeXml(part) : `<tspan${attributes.join('')}>${escapeXml(part)}</tspan>`
  })
  return parts.join('')
}

function applyCode(style: Style, code: string): Style {
  const { 'font-weight': weight, fill, ...rest } = style
  const kept = { ...rest, ...(weight !== undefined && { 'font-weight': weight }) }
  if (code === '' || code === '0') return {}
  if (code === '1') return { ...style, 'font-weight': 'bold' }
  if (code === '2') return { ...style, fill: colours[90] ?? '' }
  if (code === '22') return fill === colours[90] ? rest : { ...rest, ...(fill !== undefined && { fill }) }
  if (code === '39') return kept
  return colours[code] === undefined ? style : { ...style, fill: colours[code] }
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
