/** Where a relay listens. */
export interface TorAddress {
  readonly address: string
  readonly orPort: number
}

interface Authority extends TorAddress {
  nickname: string
  dirPort: number
  fingerprint: string
  v3Identity: string
}

/**
 * Lines of every daemon of a private network. `TestingTorNetwork` shortens tor's own waits and allows loopback
 * addresses; the rest makes the first consensus come after seconds.
 */
export function commonLines(network: {
  authorities: readonly Authority[]
  scheduler: 'Vanilla' | 'KIST'
  votingInterval: number
  ownerPid: number
}): string[] {
  return [
    'TestingTorNetwork 1',
    ...network.authorities.map(
      (a) =>
        `DirAuthority ${a.nickname} orport=${a.orPort} no-v2 v3ident=${a.v3Identity} ${a.address}:${a.dirPort} ${a.fingerprint}`,
    ),
    `Schedulers ${network.scheduler}`,
    // tor looks every 15 s whether its owner lives: nothing is left behind when a test is killed.
    `__OwningControllerProcess ${network.ownerPid}`,
    'ShutdownWaitLength 0',
    'PathsNeededToBuildCircuits 0.67',
    'TestingV3AuthInitialVotingInterval 5',
    'TestingV3AuthInitialVoteDelay 2',
    'TestingV3AuthInitialDistDelay 2',
    `V3AuthVotingInterval ${network.votingInterval}`,
    'V3AuthVoteDelay 2',
    'V3AuthDistDelay 2',
    'V3AuthNIntervalsValid 3',
  ]
}

/** Lines of every relay, authorities too. Every relay is an exit to loopback. */
export function relayLines(relay: TorAddress & { nickname: string; directory: string }): string[] {
  return [
    `Nickname ${relay.nickname}`,
    `Log notice file ${relay.directory}/notice.log`,
    `Address ${relay.address}`,
    `ORPort ${relay.address}:${relay.orPort}`,
    'SocksPort 0',
    `ControlSocket ${relay.directory}/control`,
    'AssumeReachable 1',
    'ExitRelay 1',
    'ExitPolicyRejectPrivate 0',
    'ExitPolicy accept *:*',
    'ContactInfo nobody@localhost',
  ]
}

/** Lines of a directory authority. */
export function authorityLines(authority: {
  address: string
  dirPort: number
  bandwidths: string
  guards: readonly string[]
  votingInterval: number
}): string[] {
  return [
    'AuthoritativeDirectory 1',
    'V3AuthoritativeDirectory 1',
    `DirPort ${authority.address}:${authority.dirPort}`,
    'MinUptimeHidServDirectoryV2 0 seconds',
    // Otherwise one relay may be the only Stable one, and onion circuits become G-M-G, which relays refuse.
    'AuthDirVoteStableGuaranteeMinUptime 0',
    'AuthDirVoteStableGuaranteeMTBF 0',
    'AuthDirFastGuarantee 0',
    'TestingDirAuthVoteExit *',
    'TestingDirAuthVoteHSDir *',
    // Clients ask their guards for microdescriptors; a young relay answers 404, which costs 10 s. Authorities have all.
    `TestingDirAuthVoteGuard ${authority.guards.join(',')}`,
    'TestingDirAuthVoteGuardIsStrict 1',
    // A relay without bandwidth is never chosen.
    `V3BandwidthsFile ${authority.bandwidths}`,
  ]
}

/** Lines of clients and onion services. */
export function clientLines(directory: string): string[] {
  return [`Log notice file ${directory}/notice.log`, 'ClientUseIPv6 0', 'UseMicrodescriptors 1']
}
