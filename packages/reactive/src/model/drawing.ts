import type { Collection } from './collection.ts'
import { type Connection, connections } from './connection.ts'
import { isMaster, type Machine } from './machine.ts'
import type { PortSet } from './port.ts'

const INK = '#1d2733'
const CLOCK = '#0072b2'
const SERVICE = '#009e73'
const ADVERSARY = '#d55e00'
const BUFFER = { width: 46, height: 22 }
const SLOT = 136
const END = 50
const GAP = 250
const LANE = 58

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function label(x: number, y: number, text: string, options = ''): string {
  return `<text x="${x}" y="${y}" font-size="11" ${options}>${escape(text)}</text>`
}

type Point = readonly [x: number, y: number]

function path(points: readonly Point[], kind: 'message' | 'clock', arrow: boolean): string {
  const style =
    kind === 'message'
      ? `stroke="${INK}" stroke-width="1.5"`
      : `stroke="${CLOCK}" stroke-width="1.2" stroke-dasharray="4 3"`
  const line = `<polyline points="${points.map((p) => p.join(',')).join(' ')}" fill="none" ${style}/>`
  if (!arrow) return line
  const [x, y] = points.at(-1) as Point
  const [fromX, fromY] = points.at(-2) as Point
  const angle = (Math.atan2(y - fromY, x - fromX) * 180) / Math.PI
  const colour = kind === 'message' ? INK : CLOCK
  return `${line}<polygon points="0,0 -9,-4 -9,4" fill="${colour}" transform="translate(${x} ${y}) rotate(${angle.toFixed(1)})"/>`
}

/** A buffer p̃: a rounded box around the name. */
function buffer(x: number, y: number, name: string): string {
  const { width, height } = BUFFER
  return (
    `<rect x="${x - width / 2}" y="${y - height / 2}" width="${width}" height="${height}" rx="11" fill="#fff" stroke="${INK}"/>` +
    label(x, y + 4, `${name}\u0303`, 'text-anchor="middle" font-style="italic"')
  )
}

interface Box {
  readonly machine: Machine
  readonly x: number
  readonly width: number
}

/** Where a connection runs: beside the boxes that it joins, under them, or out to the user or the adversary. */
type Route = 'beside' | 'under' | 'user' | 'adversary'

function routeOf(c: Connection, order: readonly Machine[]): Route {
  if (c.sender === null || c.receiver === null) return c.service ? 'user' : 'adversary'
  const apart = Math.abs(order.indexOf(c.sender) - order.indexOf(c.receiver))
  return apart === 1 && (c.scheduler === null || c.scheduler === c.sender || c.scheduler === c.receiver)
    ? 'beside'
    : 'under'
}

/**
 * Draws a collection as the paper's Figures 1, 2 and 4 do: machines as boxes, buffers as rounded boxes, messages solid,
 * clocks dashed. Service connections end at the line above, connections for the adversary at the line below. One SVG
 * element with numeric width and height.
 */
export function collectionToSvg(collected: Collection, service?: PortSet): string {
  const order = collected.machines
  const all = connections(collected, service).map((c) => ({ ...c, route: routeOf(c, order) }))
  const joining = (one: Machine, other: Machine | undefined) =>
    all.filter(
      (c) =>
        c.route === 'beside' &&
        [c.sender, c.receiver].includes(one) &&
        other !== undefined &&
        [c.sender, c.receiver].includes(other),
    )
  const inside = (c: Connection) => (c.sender ?? c.receiver ?? c.scheduler) as Machine
  const stubs = (machine: Machine, route: 'user' | 'adversary') =>
    all.filter((c) => c.route === route && inside(c) === machine)
  const ends = (machine: Machine) =>
    all.flatMap((c) =>
      c.route !== 'under'
        ? []
        : (['sender', 'receiver', 'scheduler'] as const)
            .filter((role) => c[role] === machine)
            .map((role) => ({ c, role })),
    )

  const boxes: Box[] = []
  let x = 30
  for (const machine of order) {
    const slots = Math.max(1, stubs(machine, 'user').length, stubs(machine, 'adversary').length)
    const under = ends(machine).length * END + stubs(machine, 'adversary').length * SLOT
    const width = Math.max(110, slots * SLOT, under + 20)
    boxes.push({ machine, x, width })
    x += width + GAP
  }
  const width = Math.max(360, x - GAP + 30)
  const beside = Math.max(...order.map((machine, i) => joining(machine, order[i + 1]).length), 0)
  const hasUser = all.some((c) => c.route === 'user')
  const hasAdversary = all.some((c) => c.route === 'adversary')
  const top = hasUser ? 150 : 30
  const height = Math.max(70, beside * LANE + 16)
  const bottom = top + height
  const lanes = all.filter((c) => c.route === 'under')
  const lanesEnd = bottom + 24 + lanes.length * LANE
  const floor = hasAdversary ? lanesEnd + 116 : lanesEnd
  const total = floor + (hasAdversary ? 28 : 6)
  const boxOf = (machine: Machine) => boxes.find((b) => b.machine === machine) as Box

  const parts: string[] = []
  const edge = (y: number, colour: string, text: string, above: boolean) => {
    parts.push(`<line x1="10" x2="${width - 10}" y1="${y}" y2="${y}" stroke="${colour}" stroke-width="2"/>`)
    parts.push(label(12, above ? y - 6 : y + 16, text, `fill="${colour}"`))
  }
  if (hasUser) edge(24, SERVICE, 'honest user: service ports', true)
  if (hasAdversary) edge(floor, ADVERSARY, 'adversary: all other free ports', false)

  for (const box of boxes) {
    const { machine } = box
    parts.push(
      `<rect x="${box.x}" y="${top}" width="${box.width}" height="${height}" fill="#f4f6f8" stroke="${INK}" stroke-width="1.5"/>`,
      `<text x="${box.x + box.width / 2}" y="${top + height / 2 + 6}" font-size="17" text-anchor="middle">${escape(machine.name)}</text>`,
    )
    if (isMaster(machine))
      parts.push(
        label(box.x + box.width / 2, top + height / 2 + 24, 'clk◁?', `text-anchor="middle" fill="${CLOCK}"`),
      )
    for (const route of ['user', 'adversary'] as const) {
      const list = stubs(machine, route)
      list.forEach((c, i) => {
        const middle = box.x + (box.width / list.length) * (i + 0.5) - (list.length === 1 ? 0 : 12)
        parts.push(
          stub(
            c,
            middle,
            route === 'user' ? top : bottom,
            route === 'user' ? 24 : floor,
            route === 'adversary' ? lanesEnd - bottom : 0,
          ),
        )
      })
    }
  }

  const used = new Map<number, number>()
  for (const c of all.filter((one) => one.route === 'beside')) {
    const left = Math.min(order.indexOf(c.sender as Machine), order.indexOf(c.receiver as Machine))
    const row = used.get(left) ?? 0
    used.set(left, row + 1)
    const a = boxes[left] as Box
    const b = boxes[left + 1] as Box
    parts.push(between(c, a, b, top + 24 + row * LANE))
  }
  const taken = new Map<Machine, number>()
  lanes.forEach((c, lane) => {
    const y = bottom + 34 + lane * LANE
    const slot = (machine: Machine) => {
      const index = taken.get(machine) ?? 0
      taken.set(machine, index + 1)
      return boxOf(machine).x + 16 + index * END
    }
    const from = slot(c.sender as Machine)
    const clock = c.scheduler === null ? null : slot(c.scheduler)
    const to = slot(c.receiver as Machine)
    parts.push(under(c, from, clock, to, bottom, y))
  })
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${total}" viewBox="0 0 ${width} ${total}" ` +
    `font-family="system-ui, sans-serif" fill="${INK}">\n${parts.join('\n')}\n</svg>`
  )
}

/** A connection with a free end: up to the user's line or down to the adversary's. */
function stub(c: Connection, x: number, from: number, to: number, skip: number): string {
  const up = to < from
  const sign = up ? -1 : 1
  const y = from + sign * (skip + 58)
  const near = y - sign * (BUFFER.height / 2)
  const far = y + sign * (BUFFER.height / 2)
  const side = x + BUFFER.width / 2
  const incoming = c.receiver !== null
  const parts = [buffer(x, y, c.name)]
  if (c.sender !== null || c.receiver !== null) {
    parts.push(
      path(
        incoming
          ? [
              [x, near],
              [x, from],
            ]
          : [
              [x, from],
              [x, near],
            ],
        'message',
        true,
      ),
    )
    parts.push(label(x - 4, from + sign * 16 + 4, `${c.name}${incoming ? '?' : '!'}`, 'text-anchor="end"'))
  }
  parts.push(
    path(
      incoming
        ? [
            [x, to],
            [x, far],
          ]
        : [
            [x, far],
            [x, to],
          ],
      'message',
      true,
    ),
  )
  parts.push(label(x - 4, to - sign * 14 + 4, `${c.name}↔${incoming ? '?' : '!'}`, 'text-anchor="end"'))
  const own = c.scheduler !== null
  const end = own ? from : to
  parts.push(
    path(
      [
        [side + 8, end],
        [side + 8, y],
        [side, y],
      ],
      'clock',
      true,
    ),
  )
  const labelY = own ? from + sign * 16 + 4 : to - sign * 14 + 4
  parts.push(label(side + 12, labelY, `${c.name}◁${own ? '!' : '?'}`, `fill="${CLOCK}"`))
  return parts.join('')
}

/** A connection between neighbours, through the gap between their boxes. */
function between(c: Connection, left: Box, right: Box, y: number): string {
  const [start, end] = [left.x + left.width, right.x]
  const forward = c.sender === left.machine
  const middle = (start + end) / 2
  const half = BUFFER.width / 2
  const [from, to] = forward ? [start, end] : [end, start]
  const [inEdge, outEdge] = forward ? [middle - half, middle + half] : [middle + half, middle - half]
  const parts = [
    path(
      [
        [from, y],
        [inEdge, y],
      ],
      'message',
      true,
    ),
    path(
      [
        [outEdge, y],
        [to, y],
      ],
      'message',
      true,
    ),
    buffer(middle, y, c.name),
    label(forward ? start + 5 : end - 5, y - 5, `${c.name}!`, forward ? '' : 'text-anchor="end"'),
    label(forward ? end - 5 : start + 5, y - 5, `${c.name}?`, forward ? 'text-anchor="end"' : ''),
  ]
  const below = y + 26
  if (c.scheduler !== null) {
    const atLeft = c.scheduler === left.machine
    const x = atLeft ? start : end
    parts.push(
      path(
        [
          [x, below],
          [middle, below],
          [middle, y + BUFFER.height / 2],
        ],
        'clock',
        true,
      ),
    )
    parts.push(
      label(
        atLeft ? start + 5 : end - 5,
        below - 4,
        `${c.name}◁!`,
        `fill="${CLOCK}"${atLeft ? '' : ' text-anchor="end"'}`,
      ),
    )
  } else
    parts.push(
      path(
        [
          [middle, below + 4],
          [middle, y + BUFFER.height / 2],
        ],
        'clock',
        true,
      ),
      label(middle + 5, below + 6, `${c.name}◁?`, `fill="${CLOCK}"`),
    )
  return parts.join('')
}

/** A connection between boxes that are not neighbours, or are one box: below, in a lane of its own. */
function under(
  c: Connection,
  from: number,
  clock: number | null,
  to: number,
  bottom: number,
  y: number,
): string {
  const middle = from === to ? from : (from + to) / 2
  const half = BUFFER.width / 2
  const right = to >= from
  const parts = [
    path(
      [
        [from, bottom],
        [from, y],
        [middle + (right ? -half : half), y],
      ],
      'message',
      true,
    ),
    path(
      [
        [middle + (right ? half : -half), y],
        [to, y],
        [to, bottom],
      ],
      'message',
      true,
    ),
    buffer(middle, y, c.name),
    label(from + 3, bottom + 13, `${c.name}!`),
    label(to + 3, bottom + 13, `${c.name}?`),
  ]
  if (clock !== null) {
    const below = y + 24
    parts.push(
      path(
        [
          [clock, bottom],
          [clock, below],
          [middle, below],
          [middle, y + BUFFER.height / 2],
        ],
        'clock',
        true,
      ),
    )
    parts.push(label(clock + 3, bottom + 25, `${c.name}◁!`, `fill="${CLOCK}"`))
  }
  return parts.join('')
}
