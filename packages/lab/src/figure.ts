/** What a run shows: data, drawn by the command line and by the web app alike. */
export type Figure = Table | Series | Histogram | MessageSequence | Drawing

export type Cell = string | number | bigint | boolean | null

export interface Table {
  kind: 'table'
  title: string
  /** `unit` is printed behind the name. */
  columns: readonly { name: string; unit?: string }[]
  rows: readonly (readonly Cell[])[]
}

export interface Axis {
  label: string
  unit?: string
  scale?: 'linear' | 'log'
}

export interface Series {
  kind: 'series'
  title: string
  x: Axis
  y: Axis
  lines: readonly {
    name: string
    style?: 'line' | 'points'
    points: readonly (readonly [x: number, y: number])[]
  }[]
}

export interface Histogram {
  kind: 'histogram'
  title: string
  x: Axis
  /** Sets are drawn over one another; `edges` has one number more than each set's `counts`. */
  edges: readonly number[]
  sets: readonly { name: string; counts: readonly number[] }[]
}

export interface MessageSequence {
  kind: 'sequence'
  title: string
  parties: readonly string[]
  messages: readonly { from: string; to: string; label: string }[]
}

/** A picture that no other kind can hold: its own SVG, and the same in text for a terminal. */
export interface Drawing {
  kind: 'drawing'
  title: string
  svg: string
  text: string
}
