import { bestUniversalSimulator, configuration, formatStrategy, type Structure } from '@warren/reactive'
import { channel } from '@warren/reactive/library'
import { defineScenario } from '../scenario.ts'
import { whether } from './known.ts'

const { DUMMY, MALLEABLE_CHANNEL, SECURE_CHANNEL, anySimulator, anyUser, oneTimePad } = channel

interface Game {
  lower: string
  upper: string
  value: number
  views: number
  simulator: string
}

interface Result {
  zero: number
  fair: Game
  biased: Game
  secure: Game
}

async function play(real: Structure, ideal: Structure): Promise<Game> {
  const [user, simulator] = [anyUser(), anySimulator()]
  const found = await bestUniversalSimulator(
    configuration(real, user.machine(), DUMMY, ideal),
    configuration(ideal, user.machine(), simulator.machine()),
    simulator,
    user,
    1,
    { horizon: 4 },
  )
  return {
    lower: found.lower.toString(),
    upper: found.upper.toString(),
    value: found.upper.toNumber(),
    views: found.views,
    simulator: formatStrategy(simulator, found.simulator),
  }
}

export const oneTimePadScenario = defineScenario<{ numerator: number; denominator: number }, Result>({
  id: 'simulatability/one-time-pad',
  title: 'The one-time pad, fair and biased, against ideal channels',
  source: { paper: 'simulatability', section: 'beyond the paper' },
  summary:
    'Universal simulatability as one linear program: the best simulator against the best user of three activations, ' +
    'with bounds certified in exact arithmetic. A fair pad is a channel whose bit the adversary may flip; a pad whose ' +
    'key is 0 with probability p misses it by |p − 1/2|; and no pad is a channel that cannot be flipped.',
  parameters: {
    numerator: {
      kind: 'integer',
      default: 3,
      min: 0,
      max: 100,
      help: 'the biased key is 0 with probability numerator/denominator',
    },
    denominator: {
      kind: 'integer',
      default: 4,
      min: 1,
      max: 100,
      help: 'the biased key is 0 with probability numerator/denominator',
    },
  },
  async run({ numerator, denominator }) {
    const zero = Math.min(numerator, denominator)
    return {
      zero: zero / denominator,
      fair: await play(oneTimePad(), MALLEABLE_CHANNEL),
      biased: await play(oneTimePad(`${zero}/${denominator}`), MALLEABLE_CHANNEL),
      secure: await play(oneTimePad(), SECURE_CHANNEL),
    }
  },
  figures: ({ fair, biased, secure, zero }) => [
    {
      kind: 'table',
      title: 'The best simulator against the best user',
      columns: [
        { name: 'real' },
        { name: 'ideal' },
        { name: 'at least' },
        { name: 'at most' },
        { name: 'views' },
      ],
      rows: [
        ['one-time pad', 'malleable channel', fair.lower, fair.upper, fair.views],
        [`pad, key 0 with ${zero}`, 'malleable channel', biased.lower, biased.upper, biased.views],
        ['one-time pad', 'secure channel', secure.lower, secure.upper, secure.views],
      ],
    },
    {
      kind: 'drawing',
      title: 'The simulator of the fair pad',
      text: fair.simulator,
      svg: strategyToSvg(fair.simulator),
    },
  ],
  claims: [
    {
      id: 'fair',
      statement: 'The one-time pad is perfectly as secure as a channel whose bit can be flipped',
      source: 'beyond the paper (Shannon 1949)',
      stands: 'holds',
      check: ({ fair }) => whether(fair.lower === '0' && fair.upper === '0', `distance ${fair.upper}`, '0'),
    },
    {
      id: 'biased',
      statement: 'A pad whose key is 0 with probability p misses it by |p − 1/2|',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ biased, zero }) =>
        whether(
          biased.lower === biased.upper && Math.abs(biased.value - Math.abs(zero - 0.5)) < 1e-12,
          `between ${biased.lower} and ${biased.upper}`,
          `${Math.abs(zero - 0.5)}`,
        ),
    },
    {
      id: 'authenticity',
      statement: 'The one-time pad is not as secure as a channel whose bit cannot be flipped',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ secure }) =>
        whether(secure.lower === '1', `distance ${secure.lower}`, '1: secrecy is not integrity'),
    },
  ],
})

function strategyToSvg(lines: string): string {
  const rows = lines.split('\n').map((line) => line.replaceAll('&', '&amp;').replaceAll('<', '&lt;'))
  const texts = rows.map((row, i) => `<text x="6" y="${18 + i * 17}" font-size="12">${row}</text>`).join('')
  return `<svg xmlns="http://www.w3.org/2000/svg" width="720" height="${rows.length * 17 + 12}" font-family="ui-monospace, monospace">${texts}</svg>`
}
