import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findScenario, type RunOutcome, runScenario, type Table } from '@warren/lab'
import { describeWithTools } from '@warren/testkit/tools-node'
import { networkConfiguration, startTorNetwork, type TorNetwork } from '@warren/testkit/tor-network-node'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { startWarren } from '../../apps/cli/src/demo/processes-node.ts'

const ID = 'private-services/on-relays'

describeWithTools(['tor', 'tor-gencert'], 'the lab on real relays', () => {
  let network: TorNetwork
  /** Where everything writes that the lab starts. */
  let directory: string

  beforeAll(async () => {
    network = await startTorNetwork()
    directory = await mkdtemp(join(tmpdir(), 'warren-lab-relays-'))
    vi.stubEnv('TMPDIR', directory)
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await network?.stop()
    await rm(directory, { recursive: true, force: true })
  })

  /** Directories of daemons; Node keeps compiled code there too. */
  const left = async () => (await readdir(directory)).filter((name) => name.startsWith('warren-'))

  it('measures the three approaches on a network as npm run tor-network describes it; every claim stands', async () => {
    const file = join(directory, 'network.json')
    const description = { schema: 'warren.tor-network/1', ...networkConfiguration(network) }
    await writeFile(file, JSON.stringify(description))
    const args = ['lab', 'run', ID, '--tor-network', file, '--param', 'clients=1,4', '--json']
    const { code, stdout, stderr } = await startWarren(args).ended
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const { claims, figures } = JSON.parse(stdout) as Pick<RunOutcome, 'claims' | 'figures'>
    expect(claims.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual(claims.map(({ id }) => `${id} holds`))
    const { rows, columns } = figures[0] as Table
    const column = (name: string) => rows.map((row) => row[columns.findIndex((one) => one.name === name)])
    const approaches = ['one service', 'one per client', 'extension']
    expect(column('approach')).toEqual([...approaches, ...approaches])
    expect(column('copies at directories')).toEqual([8, 8, 8, 8, 32, 32])
    for (const name of ['found after', 'circuits built', 'sent', 'received', 'processor time'])
      for (const value of column(name)) expect(value).toBeGreaterThan(0)
    expect(await left()).toEqual([])
  })

  it('when it is cancelled, ends what it started', async () => {
    const cancel = new AbortController()
    const started: string[] = []
    await expect(
      runScenario(await findScenario(ID), {
        parameters: { clients: ['2'] },
        torNetwork: networkConfiguration(network),
        signal: cancel.signal,
        progress: {
          report(_, note = '') {
            started.push(note)
            if (started.length === 1) setTimeout(() => cancel.abort(new Error('enough')), 500)
          },
        },
      }),
    ).rejects.toMatchObject({ code: 'lab/cancelled' })
    expect(started).toEqual(['one service, 2 clients'])
    expect(await left()).toEqual([])
  })
})
