import { describe, expect, it } from 'vitest'
import { CONGESTION_CONTROL, decodeProtocols, NTOR_V3, speaks } from '../../src/directory/protocols.ts'

const relay = (line: string) => decodeProtocols(line.split(' '))

describe('the protocols of a relay', () => {
  it('are read as tor 0.4.9.11 lists them', () => {
    const protocols = relay(
      'Conflux=1 Cons=1-2 Desc=1-4 DirCache=2 FlowCtrl=1-2 HSDir=2 HSIntro=4-5 HSRend=1-2 Link=3-5 Relay=2-6',
    )
    expect(speaks(protocols, NTOR_V3)).toBe(true)
    expect(speaks(protocols, CONGESTION_CONTROL)).toBe(true)
    expect(speaks(protocols, ['Relay', 1])).toBe(false)
    expect(speaks(protocols, ['Relay', 7])).toBe(false)
    expect(speaks(protocols, ['Padding', 2])).toBe(false)
  })

  it('are flags: of 5 nothing follows for 4', () => {
    expect(speaks(relay('Relay=1-3,5'), NTOR_V3)).toBe(false)
    expect(speaks(relay('Relay=1-2,4'), NTOR_V3)).toBe(true)
  })

  it('are without what is malformed, which a relay may write of itself', () => {
    const malformed = [
      '',
      'Relay',
      '=4',
      'Relay=',
      'Relay=4-',
      'Relay=5-3',
      'Relay=4-64',
      'Relay=400',
      'Relay=4;',
    ]
    for (const entry of malformed) expect(speaks(relay(`${entry} FlowCtrl=2`), NTOR_V3)).toBe(false)
    expect(speaks(relay('Relay=4-99999999999 FlowCtrl=2'), CONGESTION_CONTROL)).toBe(true)
    expect(speaks(relay(''), NTOR_V3)).toBe(false)
  })
})
