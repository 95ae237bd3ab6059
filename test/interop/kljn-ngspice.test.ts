import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  characteristicOhms,
  delayLine,
  delaySeconds,
  effectiveCapacitanceFarads,
  type Line,
  ladder,
  nodal,
  solveLoop,
  telegrapher,
} from '@warren/kljn'
import { randomBelow, randomUnit } from '@warren/primitives/rng'
import { testRng } from '@warren/testkit/rng'
import { describeWithTools } from '@warren/testkit/tools-node'
import { afterAll, beforeAll, expect, it } from 'vitest'

// ngspice computes with its own matrices, its own lossy line (LTRA, a convolution) and its own steps: nothing is shared
// with the package but the netlist's numbers.

interface Circuit {
  seed: number
  line: Line
  aliceOhms: number
  bobOhms: number
  sections: number
  hertz: number
}

/** Ten circuits, the same in every run. */
const CIRCUITS: readonly Circuit[] = Array.from({ length: 10 }, (_, seed) => {
  const rng = testRng(`ngspice/${seed}`)
  const between = (low: number, high: number) => low * (high / low) ** randomUnit(rng)
  const lengthMetres = between(50, 5000)
  const line: Line = {
    lengthMetres,
    resistanceOhms: lengthMetres * between(0.02, 0.2),
    inductanceHenries: lengthMetres * between(1e-7, 1e-6),
    capacitanceFarads: lengthMetres * between(3e-11, 2e-10),
    conductanceSiemens: 0,
    temperatureKelvin: 0,
    shieldDriverGain: 0,
  }
  return {
    seed,
    line,
    aliceOhms: between(30, 20_000),
    bobOhms: between(30, 20_000),
    sections: 3 + randomBelow(rng, 10),
    hertz: between(50, 50_000),
  }
})

const number = (x: number) => x.toExponential(15)

/** The line as ngspice's uniform lossy line: four numbers a metre. */
function lossyLine({ line }: Circuit): string {
  const { lengthMetres: m } = line
  return [
    'O1 a 0 b 0 cable',
    `.model cable LTRA rel=1 r=${number(line.resistanceOhms / m)} l=${number(line.inductanceHenries / m)} ` +
      `g=0 c=${number(line.capacitanceFarads / m)} len=${number(m)}`,
  ].join('\n')
}

/** The line as π-sections, the nodes named n0 = a … = b. */
function sections({ line, sections: n }: Circuit, conductanceSiemens: number): string {
  const node = (k: number) => (k === 0 ? 'a' : k === n ? 'b' : `n${k}`)
  const rows: string[] = []
  for (let k = 0; k <= n; k++) {
    const share = (k === 0 || k === n ? 0.5 : 1) / n
    rows.push(`C${k} ${node(k)} 0 ${number(effectiveCapacitanceFarads(line) * share)}`)
    if (conductanceSiemens > 0) rows.push(`Rg${k} ${node(k)} 0 ${number(1 / (conductanceSiemens * share))}`)
  }
  for (let k = 0; k < n; k++)
    rows.push(
      `Rs${k} ${node(k)} m${k} ${number(line.resistanceOhms / n)}`,
      `L${k} m${k} ${node(k + 1)} ${number(line.inductanceHenries / n)}`,
    )
  return rows.join('\n')
}

describeWithTools(['ngspice'], 'the solvers against ngspice', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'warren-ngspice-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  /** Runs a netlist with an analysis; returns the rows of what it printed, the scale first. */
  function simulate(
    name: string,
    netlist: string,
    analysis: string,
    vectors: string,
    linear = false,
  ): number[][] {
    const path = join(folder, `${name}.cir`)
    const data = join(folder, `${name}.data`)
    const commands = ['set wr_singlescale', 'set numdgt=14', analysis, ...(linear ? ['linearize'] : [])]
    writeFileSync(
      path,
      `* ${name}\n${netlist}\n.control\n${commands.join('\n')}\nwrdata ${data} ${vectors}\nquit\n.endc\n.end\n`,
    )
    const run = spawnSync('ngspice', ['-b', path], { encoding: 'utf8', cwd: folder })
    const text = readFileSync(data, 'utf8')
    if (text === '') throw new Error(`ngspice printed nothing: ${run.stdout}${run.stderr}`)
    return text
      .trim()
      .split('\n')
      .map((row) => row.trim().split(/\s+/).map(Number))
  }

  const loop = (circuit: Circuit, line: string, alice: string, bob: string) =>
    `Va ea 0 ${alice}\nRa ea a ${number(circuit.aliceOhms)}\n${line}\nRb b eb ${number(circuit.bobOhms)}\nVb eb 0 ${bob}`

  it.each(CIRCUITS)('AC, circuit $seed: the lossy line is the exact solution', (circuit) => {
    const { line, aliceOhms, bobOhms, hertz } = circuit
    for (const driven of ['alice', 'bob'] as const) {
      const netlist = loop(
        circuit,
        lossyLine(circuit),
        `DC 0 AC ${driven === 'alice' ? 1 : 0}`,
        `DC 0 AC ${driven === 'bob' ? 1 : 0}`,
      )
      const rows = simulate(
        `ac-${circuit.seed}-${driven}`,
        netlist,
        `ac lin 5 ${number(hertz / 10)} ${number(hertz)}`,
        'v(a) v(b) i(va) i(vb)',
      )
      expect(rows).toHaveLength(5)
      for (const [f, aRe, aIm, bRe, bIm, iaRe, iaIm, ibRe, ibIm] of rows as [number, ...number[]][]) {
        const exact = solveLoop(telegrapher(line, f), aliceOhms, bobOhms)[driven]
        const pairs = [
          [exact.voltageA, aRe, aIm, 1],
          [exact.voltageB, bRe, bIm, 1],
          // SPICE counts a source's current into its plus pole
          [exact.currentA, -(iaRe as number), -(iaIm as number), aliceOhms],
          [exact.currentB, ibRe, ibIm, bobOhms],
        ] as const
        for (const [mine, re, im, ohms] of pairs) {
          expect(Math.abs(mine.re - (re as number)) * ohms).toBeLessThan(1e-10)
          expect(Math.abs(mine.im - (im as number)) * ohms).toBeLessThan(1e-10)
        }
      }
    }
  })

  it.each(CIRCUITS)('AC, circuit $seed: π-sections with leakage are the ladder', (circuit) => {
    const { aliceOhms, bobOhms, hertz, sections: n } = circuit
    const line: Line = { ...circuit.line, conductanceSiemens: 1e-5 }
    const netlist = loop(circuit, sections(circuit, line.conductanceSiemens), 'DC 0 AC 1', 'DC 0')
    const [row] = simulate(
      `ladder-${circuit.seed}`,
      netlist,
      `ac lin 1 ${number(hertz)} ${number(hertz)}`,
      'v(a) v(b)',
    )
    const { voltageA, voltageB } = solveLoop(ladder(line, n, hertz), aliceOhms, bobOhms).alice
    for (const [i, value] of [voltageA.re, voltageA.im, voltageB.re, voltageB.im].entries())
      expect(Math.abs(value - (row?.[i + 1] as number))).toBeLessThan(1e-10)
  })

  it.each(CIRCUITS)('transient, circuit $seed: the nodal time step', (circuit) => {
    const { line, aliceOhms, bobOhms, sections: n } = circuit
    // the line's own time scales: many delays, many steps a section
    const delay = delaySeconds(line)
    const stepSeconds = delay / n / 10
    const stop = 12 * delay
    const [fa, fb] = [0.35 / delay, 0.21 / delay]
    const netlist = loop(circuit, sections(circuit, 0), `SIN(0 1 ${number(fa)})`, `SIN(0 0.7 ${number(fb)})`)
    const rows = simulate(
      `tran-${circuit.seed}`,
      `${netlist}\n.options reltol=1e-6 abstol=1e-15 vntol=1e-9`,
      `tran ${number(stepSeconds)} ${number(stop)} 0 ${number(stepSeconds / 4)} uic`,
      'v(a) v(b) i(va)',
      true,
    )
    expect(rows.length).toBeGreaterThan(100)
    for (const method of ['trapezoidal', 'leapfrog'] as const) {
      const fine = 4 // our own steps between two rows
      const solver = nodal(line, aliceOhms, bobOhms, { sections: n, stepSeconds: stepSeconds / fine, method })
      let worst = 0
      rows.slice(1).forEach(([time, a, b, ia], i) => {
        let now = { voltageA: 0, voltageB: 0, currentA: 0, currentB: 0 }
        for (let j = 1; j <= fine; j++) {
          const t = (i + j / fine) * stepSeconds
          now = { ...solver.step(Math.sin(2 * Math.PI * fa * t), 0.7 * Math.sin(2 * Math.PI * fb * t)) }
        }
        expect(time).toBeCloseTo((i + 1) * stepSeconds, 12)
        worst = Math.max(
          worst,
          Math.abs(now.voltageA - (a as number)),
          Math.abs(now.voltageB - (b as number)),
          Math.abs(now.currentA + (ia as number)) * aliceOhms,
        )
      })
      expect(worst).toBeLessThan(2e-3) // of a source of 1 V; both rules are of second order
    }
  })

  it.each(CIRCUITS.slice(0, 4))(
    'transient, circuit $seed: the delay line is the lossless line',
    (circuit) => {
      const { aliceOhms, bobOhms } = circuit
      const line: Line = { ...circuit.line, resistanceOhms: 0 }
      const delay = delaySeconds(line)
      const perDelay = 64
      const solver = delayLine(line, aliceOhms, bobOhms, perDelay)
      const f = 0.3 / delay
      const rows = simulate(
        `waves-${circuit.seed}`,
        `${loop(circuit, `T1 a 0 b 0 Z0=${number(characteristicOhms(line))} TD=${number(delay)}`, `SIN(0 1 ${number(f)})`, 'DC 0')}\n.options reltol=1e-6`,
        `tran ${number(solver.stepSeconds)} ${number(10 * delay)} 0 ${number(solver.stepSeconds / 4)} uic`,
        'v(a) v(b)',
        true,
      )
      let worst = 0
      rows.slice(1).forEach(([, a, b], i) => {
        const { voltageA, voltageB } = solver.step(
          Math.sin(2 * Math.PI * f * (i + 1) * solver.stepSeconds),
          0,
        )
        worst = Math.max(worst, Math.abs(voltageA - (a as number)), Math.abs(voltageB - (b as number)))
      })
      expect(worst).toBeLessThan(2e-3)
    },
  )
})
