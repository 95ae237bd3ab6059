import type { Measurement, Report } from './harness.ts'

function figure(measured: Measurement): string {
  const digits = (n: number) =>
    n >= 100 ? n.toFixed(0) : n >= 10 ? n.toFixed(1) : n >= 1 ? n.toFixed(2) : n.toPrecision(2)
  const { median, min, max, unit, samples } = measured
  return samples.length === 1
    ? `${digits(median)} ${unit}`
    : `${digits(median)} ${unit} (${digits(min)}–${digits(max)})`
}

/** A table: name, median (min–max), peer in the same run, goal and whether it was met. */
export function reportToText(report: Report): string {
  const rows = report.rows.map((row) => [
    row.name,
    figure(row.measured),
    row.peer === undefined
      ? ''
      : `${row.peer.name} ${row.peer.measured === undefined ? (row.peer.quoted ?? '') : figure(row.peer.measured)}`,
    row.goal === undefined ? '' : `${row.goal.text} ${row.goal.met ? '✔' : '✘'}`,
  ])
  const all = [['', 'median (min–max)', 'peer', 'goal'], ...rows]
  const widths = [0, 1, 2, 3].map((i) => Math.max(...all.map((row) => (row[i] ?? '').length)))
  const lines = all.map((row) =>
    row
      .map((text, i) => text.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const about = Object.entries(report.machine).map(([key, value]) => `${key} ${value}`)
  return [
    `${report.name}: ${about.join(', ')}`,
    '',
    ...lines,
    ...report.notes.map((note) => `\n${note}`),
    '',
  ].join('\n')
}
