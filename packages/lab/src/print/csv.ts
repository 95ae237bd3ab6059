import type { Cell, Figure } from '../figure.ts'

function field(value: Cell): string {
  const text = value === null ? '' : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function head(label: string, unit?: string): string {
  return unit === undefined ? label : `${label} (${unit})`
}

function rowsOf(figure: Figure): Cell[][] {
  switch (figure.kind) {
    case 'table':
      return [
        figure.columns.map((column) => head(column.name, column.unit)),
        ...figure.rows.map((row) => [...row]),
      ]
    case 'series':
      return [
        ['line', head(figure.x.label, figure.x.unit), head(figure.y.label, figure.y.unit)],
        ...figure.lines.flatMap((line) => line.points.map(([x, y]): Cell[] => [line.name, x, y])),
      ]
    case 'histogram':
      return [
        ['set', 'from', 'to', 'count'],
        ...figure.sets.flatMap((set) =>
          set.counts.map((n, i): Cell[] => [
            set.name,
            figure.edges[i] ?? null,
            figure.edges[i + 1] ?? null,
            n,
          ]),
        ),
      ]
    case 'sequence':
      return [['from', 'to', 'label'], ...figure.messages.map((m): Cell[] => [m.from, m.to, m.label])]
    case 'drawing':
      return [['drawing'], ...figure.text.split('\n').map((line): Cell[] => [line])]
    default:
      return figure satisfies never
  }
}

/** RFC 4180; a line `# title` before each figure, an empty line between two. */
export function figuresToCsv(figures: readonly Figure[]): string {
  return figures
    .map((figure) =>
      [`# ${figure.title}`, ...rowsOf(figure).map((row) => row.map(field).join(','))].join('\r\n'),
    )
    .join('\r\n\r\n')
    .concat('\r\n')
}
