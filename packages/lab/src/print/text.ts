import type { Cell, Figure, Histogram, MessageSequence, Series, Table } from '../figure.ts'
import type { ClaimOutcome } from '../run.ts'
import { formatNumber } from './number.ts'

function cell(value: Cell): string {
  if (value === null) return '–'
  return typeof value === 'number' ? formatNumber(value) : String(value)
}

function heading(name: string, unit?: string): string {
  return unit === undefined ? name : `${name} (${unit})`
}

function grid(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly boolean[],
): string {
  const widths = columns.map((column, i) =>
    Math.max(column.length, ...rows.map((row) => (row[i] ?? '').length)),
  )
  const line = (cells: readonly string[]) =>
    cells
      .map((text, i) => (right[i] === true ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd()
  return [line(columns), widths.map((w) => '─'.repeat(w)).join('  '), ...rows.map(line)].join('\n')
}

function table(figure: Table): string {
  return grid(
    figure.columns.map((column) => heading(column.name, column.unit)),
    figure.rows.map((row) => row.map(cell)),
    figure.columns.map((_, i) =>
      figure.rows.some((row) => typeof row[i] === 'number' || typeof row[i] === 'bigint'),
    ),
  )
}

const TEXT_POINTS = 24

function series(figure: Series): string {
  const blocks = figure.lines.map((line) => {
    const step = Math.max(1, Math.ceil(line.points.length / TEXT_POINTS))
    const rows = line.points
      .filter((_, i) => i % step === 0 || i === line.points.length - 1)
      .map(([x, y]) => [formatNumber(x), formatNumber(y)])
    return `${line.name}\n${grid([heading(figure.x.label, figure.x.unit), heading(figure.y.label, figure.y.unit)], rows, [true, true])}`
  })
  return blocks.join('\n\n')
}

const BAR_WIDTH = 40

function histogram(figure: Histogram): string {
  const largest = Math.max(1, ...figure.sets.flatMap((set) => [...set.counts]))
  return figure.sets
    .map((set) => {
      const rows = set.counts.map((count, i) => {
        const bar = '█'.repeat(Math.round((count / largest) * BAR_WIDTH))
        return `${formatNumber(figure.edges[i] ?? 0).padStart(12)}  ${bar} ${formatNumber(count)}`
      })
      return [`${set.name}, by ${heading(figure.x.label, figure.x.unit)}`, ...rows].join('\n')
    })
    .join('\n\n')
}

function sequence(figure: MessageSequence): string {
  return figure.messages.map((message) => `${message.from} → ${message.to}: ${message.label}`).join('\n')
}

function figureToText(figure: Figure): string {
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
      return figure.text
    default:
      return figure satisfies never
  }
}

export function figuresToText(figures: readonly Figure[]): string {
  return figures.map((figure) => `${figure.title}\n\n${figureToText(figure)}\n`).join('\n')
}

/** One block a claim: verdict, statement, measured and expected. A verdict that is not as the claim stands is marked. */
export function claimsToText(claims: readonly ClaimOutcome[]): string {
  return claims
    .map((claim) => {
      const mark = claim.verdict === claim.stands ? '✔' : '✘'
      const known = claim.stands === 'fails' ? ' (known error)' : ''
      return [
        `${mark} ${claim.verdict}${known}  ${claim.scenario}#${claim.id}  [${claim.source}]`,
        `    ${claim.statement}`,
        `    measured ${claim.measured}; expected ${claim.expected}`,
      ].join('\n')
    })
    .join('\n')
}
