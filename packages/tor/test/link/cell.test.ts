import { concatBytes } from '@warren/primitives/bytes'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  BODY_BYTES,
  type Cell,
  CellReader,
  CellRun,
  COMMAND,
  encodeCell,
  encodeVersions,
} from '../../src/link/cell.ts'

const cell: fc.Arbitrary<Cell> = fc
  .record({
    circuitId: fc.nat(0xffff_ffff),
    command: fc.constantFrom(0, 3, 4, 8, 11, 128, 129, 130),
    body: fc.uint8Array({ maxLength: BODY_BYTES }),
  })
  .map(({ circuitId, command, body }) => {
    const fixed = new Uint8Array(BODY_BYTES)
    fixed.set(body)
    return { circuitId, command, body: command < 128 ? fixed : body }
  })

/** Runs of RELAY cells apart again. */
function single(cells: readonly Cell[]): Cell[] {
  return cells.flatMap(({ circuitId, command, body }) =>
    command === COMMAND.relay
      ? Array.from({ length: body.length / BODY_BYTES }, (_, i) => ({
          circuitId,
          command,
          body: body.slice(i * BODY_BYTES, (i + 1) * BODY_BYTES),
        }))
      : [{ circuitId, command, body }],
  )
}

describe('cells', () => {
  it('come out as they went in, however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(cell, { maxLength: 8 }), fc.array(fc.nat(3000)), (cells, cuts) => {
        const stream = concatBytes(encodeVersions([4, 5]), ...cells.map(encodeCell))
        const reader = new CellReader()
        const got: Cell[] = []
        let at = 0
        for (const cut of cuts) {
          got.push(...single(reader.push(stream.subarray(at, at + cut)))) // a run is gone at the next bytes
          at += cut
        }
        got.push(...single(reader.push(stream.subarray(at))))
        expect(got[0]).toEqual({ circuitId: 0, command: COMMAND.versions, body: Uint8Array.of(0, 4, 0, 5) })
        expect(got.slice(1)).toEqual(cells)
      }),
      { numRuns: 50 },
    )
  })

  it('of one circuit come as one run', () => {
    const reader = new CellReader()
    reader.push(encodeVersions([4]))
    const bodies = Uint8Array.from({ length: 3 * BODY_BYTES }, (_, i) => i % 251)
    const run = (circuitId: number) => {
      const cells = new CellRun(3)
      cells.bodies.set(bodies)
      return cells.finish(circuitId, COMMAND.relay)
    }
    const stream = concatBytes(run(9), run(8))
    expect(reader.push(stream)).toEqual([
      { circuitId: 9, command: COMMAND.relay, body: bodies },
      { circuitId: 8, command: COMMAND.relay, body: bodies },
    ])
  })

  it('refuse a stream that does not begin with versions', () => {
    expect(() => new CellReader().push(new TextEncoder().encode('HTTP/1.1 400 Bad Request'))).toThrow(
      'versions',
    )
    expect(() => new CellReader().push(Uint8Array.of(0, 0, 7, 0xff, 0xff))).toThrow('versions')
  })
})
