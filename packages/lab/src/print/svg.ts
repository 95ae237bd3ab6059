import type { Cell, Figure, Histogram, MessageSequence, Series, Table } from '../figure.ts'
import { formatNumber } from './number.ts'

const WIDTH = 760
const INK = '#1d2733'
const FAINT = '#c9d1da'
/** Okabe–Ito: told apart by colour-blind readers too. */
const COLOURS = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#e69f00',
  '#56b4e9',
  '#6b5b00',
  '#000000',
] as const

interface Block {
  height: number
  body: string
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

function colour(index: number): string {
  return COLOURS[index % COLOURS.length] as string
}

function text(x: number, y: number, content: string, options = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${options}>${escape(content)}</text>`
}

function label(name: string, unit?: string): string {
  return unit === undefined ? name : `${name} (${unit})`
}

interface Scale {
  at(value: number): number
  ticks: number[]
}

function scale(values: readonly number[], log: boolean, from: number, to: number): Scale {
  const finite = values.filter((v) => Number.isFinite(v) && (!log || v > 0))
  let low = Math.min(...finite)
  let high = Math.max(...finite)
  if (finite.length === 0) [low, high] = log ? [1, 10] : [0, 1]
  if (log) {
    const a = Math.floor(Math.log10(low) + 1e-9)
    const b = Math.max(a + 1, Math.ceil(Math.log10(high) - 1e-9))
    const step = Math.max(1, Math.ceil((b - a) / 8))
    const ticks: number[] = []
    for (let e = a; e <= b; e += step) ticks.push(10 ** e)
    return { at: (v) => from + ((Math.log10(v) - a) / (b - a)) * (to - from), ticks }
  }
  if (low === high) {
    const margin = Math.abs(low) * 0.1 || 1
    low -= margin
    high += margin
  }
  const rough = (high - low) / 6
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 5, 10].find((m) => m * power >= rough) ?? 10) * power
  const ticks: number[] = []
  for (let k = Math.floor(low / step); k * step <= high + step * 0.999; k++)
    ticks.push(Number((k * step).toPrecision(12)))
  const first = ticks[0] as number
  const last = ticks.at(-1) as number
  return { at: (v) => from + ((v - first) / (last - first)) * (to - from), ticks }
}

const PLOT = { left: 84, right: WIDTH - 24, top: 40, bottom: 330, height: 390 }

function axes(x: Scale, y: Scale, xLabel: string, yLabel: string): string {
  const parts: string[] = []
  for (const tick of x.ticks) {
    const at = x.at(tick)
    parts.push(
      `<line x1="${at.toFixed(1)}" x2="${at.toFixed(1)}" y1="${PLOT.top}" y2="${PLOT.bottom}" stroke="${FAINT}" stroke-width="0.6"/>`,
    )
    parts.push(text(at, PLOT.bottom + 16, formatNumber(tick), 'text-anchor="middle" font-size="11"'))
  }
  for (const tick of y.ticks) {
    const at = y.at(tick)
    parts.push(
      `<line x1="${PLOT.left}" x2="${PLOT.right}" y1="${at.toFixed(1)}" y2="${at.toFixed(1)}" stroke="${FAINT}" stroke-width="0.6"/>`,
    )
    parts.push(text(PLOT.left - 6, at + 4, formatNumber(tick), 'text-anchor="end" font-size="11"'))
  }
  parts.push(
    text((PLOT.left + PLOT.right) / 2, PLOT.bottom + 36, xLabel, 'text-anchor="middle" font-size="12"'),
  )
  const middle = (PLOT.top + PLOT.bottom) / 2
  parts.push(
    text(16, middle, yLabel, `text-anchor="middle" font-size="12" transform="rotate(-90 16 ${middle})"`),
  )
  return parts.join('\n')
}

function legend(names: readonly string[]): Block {
  const body = names
    .map((name, i) => {
      const x = PLOT.left + (i % 3) * 220
      const y = PLOT.bottom + 58 + Math.floor(i / 3) * 18
      return `<rect x="${x}" y="${y - 9}" width="10" height="10" fill="${colour(i)}"/>${text(x + 16, y, name, 'font-size="12"')}`
    })
    .join('\n')
  return { height: names.length === 0 ? 0 : Math.ceil(names.length / 3) * 18, body }
}

function series(figure: Series): Block {
  const points = figure.lines.flatMap((line) => [...line.points])
  const logX = figure.x.scale === 'log'
  const logY = figure.y.scale === 'log'
  const x = scale(
    points.map((p) => p[0]),
    logX,
    PLOT.left,
    PLOT.right,
  )
  const y = scale(
    points.map((p) => p[1]),
    logY,
    PLOT.bottom,
    PLOT.top,
  )
  const drawable = ([a, b]: readonly [number, number]) =>
    Number.isFinite(a) && Number.isFinite(b) && (!logX || a > 0) && (!logY || b > 0)
  const lines = figure.lines.map((line, i) => {
    const kept = line.points.filter(drawable)
    if (line.style === 'points')
      return kept
        .map(
          ([a, b]) =>
            `<circle cx="${x.at(a).toFixed(1)}" cy="${y.at(b).toFixed(1)}" r="2" fill="${colour(i)}" fill-opacity="0.6"/>`,
        )
        .join('')
    const path = kept.map(([a, b]) => `${x.at(a).toFixed(1)},${y.at(b).toFixed(1)}`).join(' ')
    return `<polyline fill="none" stroke="${colour(i)}" stroke-width="1.8" points="${path}"/>`
  })
  const key = legend(figure.lines.map((line) => line.name))
  const frame = axes(x, y, label(figure.x.label, figure.x.unit), label(figure.y.label, figure.y.unit))
  return { height: PLOT.height + key.height, body: [frame, ...lines, key.body].join('\n') }
}

function histogram(figure: Histogram): Block {
  const x = scale(figure.edges, false, PLOT.left, PLOT.right)
  const y = scale([0, ...figure.sets.flatMap((set) => [...set.counts])], false, PLOT.bottom, PLOT.top)
  const bars = figure.sets.flatMap((set, i) =>
    set.counts.map((count, j) => {
      const left = x.at(figure.edges[j] ?? 0)
      const right = x.at(figure.edges[j + 1] ?? 0)
      const top = y.at(count)
      return `<rect x="${left.toFixed(1)}" y="${top.toFixed(1)}" width="${Math.max(0, right - left).toFixed(1)}" height="${(y.at(0) - top).toFixed(1)}" fill="${colour(i)}" fill-opacity="0.5"/>`
    }),
  )
  const key = legend(figure.sets.map((set) => set.name))
  return {
    height: PLOT.height + key.height,
    body: [axes(x, y, label(figure.x.label, figure.x.unit), 'count'), ...bars, key.body].join('\n'),
  }
}

function cell(value: Cell): string {
  if (value === null) return '–'
  return typeof value === 'number' ? formatNumber(value) : String(value)
}

function table(figure: Table): Block {
  const rows = [figure.columns.map((c) => label(c.name, c.unit)), ...figure.rows.map((row) => row.map(cell))]
  const widths = figure.columns.map((_, i) => Math.max(...rows.map((row) => [...(row[i] ?? '')].length)) + 2)
  const total = widths.reduce((sum, w) => sum + w, 0)
  const size = Math.min(13, ((WIDTH - 40) / Math.max(1, total)) * 1.65)
  const line = size * 1.6
  const offsets = widths.map(
    (_, i) => 20 + (widths.slice(0, i).reduce((s, w) => s + w, 0) * (WIDTH - 40)) / total,
  )
  const body = rows.map((row, r) =>
    row
      .map((content, c) =>
        text(
          offsets[c] ?? 20,
          44 + (r + 0.8) * line,
          content,
          `font-size="${size.toFixed(1)}"${r === 0 ? ' font-weight="600"' : ''}`,
        ),
      )
      .join(''),
  )
  return { height: 60 + rows.length * line, body: body.join('\n') }
}

function sequence(figure: MessageSequence): Block {
  const left = 90
  const gap = figure.parties.length > 1 ? (WIDTH - 2 * left) / (figure.parties.length - 1) : 0
  const at = (party: string) => left + figure.parties.indexOf(party) * gap
  const bottom = 76 + figure.messages.length * 34
  const parts = figure.parties.map(
    (party) =>
      `${text(at(party), 54, party, 'text-anchor="middle" font-size="13" font-weight="600"')}<line x1="${at(party)}" x2="${at(party)}" y1="62" y2="${bottom}" stroke="${FAINT}"/>`,
  )
  figure.messages.forEach((message, i) => {
    const y = 90 + i * 34
    const a = at(message.from)
    const b = at(message.to)
    const tip = b === a ? 0 : b > a ? -7 : 7
    parts.push(
      `<line x1="${a}" x2="${b}" y1="${y}" y2="${y}" stroke="${INK}"/><polygon fill="${INK}" points="${b},${y} ${b + tip},${y - 4} ${b + tip},${y + 4}"/>`,
      text((a + b) / 2, y - 6, message.label, 'text-anchor="middle" font-size="11"'),
    )
  })
  return { height: bottom + 24, body: parts.join('\n') }
}

/** Nests a drawing's own SVG, scaled to the page. */
function drawing(svg: string): Block {
  const width = Number(/<svg[^>]*\bwidth="([\d.]+)"/.exec(svg)?.[1] ?? WIDTH)
  const height = Number(/<svg[^>]*\bheight="([\d.]+)"/.exec(svg)?.[1] ?? 300)
  const factor = Math.min(1, (WIDTH - 40) / width)
  return {
    height: 60 + height * factor,
    body: `<g transform="translate(20 44) scale(${factor.toFixed(4)})">${svg}</g>`,
  }
}

function block(figure: Figure): Block {
  switch (figure.kind) {
    case 'table':
      return table(figure)
    case 'series':
      return series(figure)
    case 'histogram':
      return histogram(figure)
    case 'sequence':
      return sequence(figure)
    case 'drawing':
      return drawing(figure.svg)
    default:
      return figure satisfies never
  }
}

/** One SVG document, the figures below one another. */
export function figuresToSvg(figures: readonly Figure[]): string {
  let y = 0
  const parts: string[] = []
  for (const figure of figures) {
    const { height, body } = block(figure)
    parts.push(
      `<g transform="translate(0 ${y.toFixed(1)})">${text(20, 24, figure.title, 'font-size="15" font-weight="600"')}\n${body}</g>`,
    )
    y += height + 16
  }
  const size = `width="${WIDTH}" height="${Math.ceil(y)}" viewBox="0 0 ${WIDTH} ${Math.ceil(y)}"`
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="system-ui, sans-serif" fill="${INK}">\n<rect width="100%" height="100%" fill="#fff"/>\n${parts.join('\n')}\n</svg>\n`
}
