/**
 * Time periods (rend-spec-v3 §2.2.1) and where they stand towards the shared random values (§2.2.4): everything is
 * computed from the consensus' valid-after, never from the local clock, so that a wrong clock moves nothing.
 */
const DEFAULT_LENGTH_MINUTES = 1440
/** Both phases of the shared-random protocol have twelve rounds (proposal 250). */
const ROUNDS_PER_PHASE = 12
const ROUNDS_PER_RUN = 2 * ROUNDS_PER_PHASE

export interface TimePeriod {
  /** Periods since 1970, after the rotation offset. */
  number: number
  lengthMinutes: number
}

/** What of a consensus the periods depend on. Seconds since 1970. */
export interface ConsensusTimes {
  validAfterSeconds: number
  /** fresh-until minus valid-after. */
  votingIntervalSeconds: number
  /** Consensus parameter `hsdir_interval`; 1440 on the public network. */
  periodLengthMinutes: number
}

/** A testing network has no `hsdir_interval`: C-tor takes the length of one shared-random run. */
export function periodLengthMinutes(options: {
  testingNetwork: boolean
  votingIntervalSeconds: number
  hsdirInterval?: number
}): number {
  if (options.testingNetwork)
    return Math.max(1, Math.floor((ROUNDS_PER_RUN * options.votingIntervalSeconds) / 60))
  return options.hsdirInterval ?? DEFAULT_LENGTH_MINUTES
}

function offsetMinutes(times: ConsensusTimes): number {
  return Math.floor((ROUNDS_PER_PHASE * times.votingIntervalSeconds) / 60)
}

/** [TIME-PERIODS]: the period that `seconds` (by default valid-after) lies in. */
export function timePeriod(times: ConsensusTimes, seconds = times.validAfterSeconds): TimePeriod {
  const lengthMinutes = times.periodLengthMinutes
  return {
    number: Math.floor((Math.floor(seconds / 60) - offsetMinutes(times)) / lengthMinutes),
    lengthMinutes,
  }
}

export function neighbourPeriod(period: TimePeriod, distance: number): TimePeriod {
  return { number: period.number + distance, lengthMinutes: period.lengthMinutes }
}

/** Seconds since 1970 at which the period begins. */
export function periodStartSeconds(times: ConsensusTimes, period: TimePeriod): number {
  return (period.number * period.lengthMinutes + offsetMinutes(times)) * 60
}

/** Seconds since 1970 at which the shared-random run of this consensus began. */
export function sharedRandomRunStartSeconds(times: ConsensusTimes): number {
  const { validAfterSeconds, votingIntervalSeconds } = times
  const round = Math.floor(validAfterSeconds / votingIntervalSeconds) % ROUNDS_PER_RUN
  return validAfterSeconds - round * votingIntervalSeconds
}

/** How long one shared-random run takes. */
export function sharedRandomRunSeconds(times: ConsensusTimes): number {
  return ROUNDS_PER_RUN * times.votingIntervalSeconds
}

/**
 * Whether valid-after lies between the start of a period and the next shared random value (rend-spec-v3 §2.2.4):
 * the half of the day in which clients use the current value.
 */
export function isBetweenPeriodAndSharedRandom(times: ConsensusTimes): boolean {
  const runStart = sharedRandomRunStartSeconds(times)
  const nextPeriod = neighbourPeriod(timePeriod(times, runStart), 1)
  return times.validAfterSeconds >= periodStartSeconds(times, nextPeriod)
}
