import { describe, expect, it } from 'vitest'
import { ONION_VEGAS, Vegas, type VegasParameters } from '../../src/circuit/vegas.ts'

/** What C-tor's vectors are computed with: queues of three hops. */
const EXIT_VEGAS: VegasParameters = {
  ...ONION_VEGAS,
  alpha: 186,
  beta: 248,
  gamma: 186,
  delta: 310,
  ssCap: 600,
}

type Row = readonly [
  sent: number,
  acknowledged: number,
  isBlocked: number,
  inflight: number,
  cwnd: number,
  isSlowStart: number,
]

// The test vectors of proposal 324's implementations (C-tor's test_congestion_control.c, arti's vegas.rs): when a cell
// left and when its SENDME came, in microseconds, and the window after it.
const VECTORS: Record<string, readonly Row[]> = {
  'slow start until cells queue, then alpha, beta and delta': [
    [100000, 200000, 0, 124, 155, 1],
    [200000, 300000, 0, 155, 186, 1],
    [350000, 500000, 0, 186, 217, 1],
    [500000, 550000, 0, 217, 248, 1],
    [600000, 700000, 0, 248, 279, 1],
    [700000, 750000, 0, 279, 310, 1],
    [750000, 875000, 0, 310, 341, 1],
    [875000, 900000, 0, 341, 372, 1],
    [900000, 950000, 0, 279, 403, 1],
    [950000, 1000000, 0, 279, 434, 1],
    [1000000, 1050000, 0, 279, 465, 1],
    [1050000, 1100000, 0, 279, 496, 1],
    [1100000, 1150000, 0, 279, 527, 1],
    [1150000, 1200000, 0, 279, 558, 1],
    [1200000, 1250000, 0, 550, 589, 1],
    [1250000, 1300000, 0, 550, 620, 1],
    [1300000, 1350000, 0, 550, 635, 1],
    [1350000, 1400000, 0, 550, 650, 1],
    [1400000, 1450000, 0, 150, 650, 1],
    [1450000, 1500000, 0, 150, 650, 1],
    [1500000, 1550000, 0, 550, 664, 1],
    [1500000, 1600000, 0, 550, 584, 0],
    [1600000, 1650000, 0, 550, 585, 0],
    [1650000, 1700000, 0, 550, 586, 0],
    [1700000, 1750000, 0, 100, 586, 0],
    [1750000, 1900000, 0, 100, 559, 0],
    [1900000, 2000000, 0, 100, 558, 0],
    [2000000, 2075000, 0, 500, 558, 0],
    [2075000, 2125000, 1, 500, 557, 0],
    [2125000, 2150000, 0, 500, 558, 0],
    [2150000, 2350000, 0, 500, 451, 0],
  ],
  'slow start until our own connection is full': [
    [100000, 200000, 0, 124, 155, 1],
    [200000, 300000, 0, 155, 186, 1],
    [350000, 500000, 0, 186, 217, 1],
    [500000, 550000, 1, 217, 403, 0],
    [600000, 700000, 0, 248, 404, 0],
    [700000, 750000, 1, 404, 403, 0],
    [750000, 875000, 0, 403, 404, 0],
  ],
  'an upload through the public network': [
    [358297091, 358854163, 0, 83, 155, 1],
    [358297649, 359123845, 0, 52, 186, 1],
    [359492879, 359995330, 0, 186, 217, 1],
    [359493043, 360489243, 0, 217, 248, 1],
    [359493232, 360489673, 0, 248, 279, 1],
    [359493795, 360489971, 0, 279, 310, 1],
    [359493918, 360490248, 0, 310, 341, 1],
    [359494029, 360716465, 0, 341, 372, 1],
    [359996888, 360948867, 0, 372, 403, 1],
    [359996979, 360949330, 0, 403, 434, 1],
    [360489528, 361113615, 0, 434, 465, 1],
    [360489656, 361281604, 0, 465, 496, 1],
    [360489837, 361500461, 0, 496, 482, 0],
    [360489963, 361500631, 0, 482, 482, 0],
    [360490117, 361842481, 0, 482, 481, 0],
  ],
}

describe('the window of TOR_VEGAS', () => {
  it.each(Object.keys(VECTORS))('%s', (name) => {
    const vegas = new Vegas(EXIT_VEGAS, 31)
    for (const [i, [sent, acknowledged, isBlocked, inflight, cwnd, isSlowStart]] of (
      VECTORS[name] as readonly Row[]
    ).entries()) {
      vegas.acknowledge({ rttMicros: acknowledged - sent, inflight, isBlocked: isBlocked === 1 })
      expect([i, vegas.cwnd, vegas.isSlowStart]).toEqual([i, cwnd, isSlowStart === 1])
    }
  })

  it('never falls below its least, nor rises above its most', () => {
    const vegas = new Vegas({ ...ONION_VEGAS, cwndMax: 600 }, 31)
    for (let i = 0; i < 100; i++)
      vegas.acknowledge({ rttMicros: 1000, inflight: vegas.cwnd, isBlocked: false })
    expect(vegas.cwnd).toBe(600)
    for (let i = 0; i < 3000; i++)
      vegas.acknowledge({ rttMicros: 1000 + i * 1000, inflight: vegas.cwnd, isBlocked: true })
    expect(vegas.cwnd).toBeGreaterThanOrEqual(ONION_VEGAS.cwndMin)
  })
})
