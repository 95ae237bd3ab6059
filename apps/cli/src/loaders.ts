import type { VerbModule } from './command.ts'
import type { VerbName } from './verbs.ts'

/** One file per verb, loaded when it is called. `completion` is not here, because it asks all of these what they take. */
export const LOADERS: Record<Exclude<VerbName, 'completion'>, () => Promise<VerbModule>> = {
  serve: () => import('./commands/serve.ts'),
  init: () => import('./commands/init.ts'),
  join: () => import('./commands/join.ts'),
  invite: () => import('./commands/invite.ts'),
  put: () => import('./commands/put.ts'),
  get: () => import('./commands/get.ts'),
  ls: () => import('./commands/ls.ts'),
  mkdir: () => import('./commands/mkdir.ts'),
  mv: () => import('./commands/mv.ts'),
  rm: () => import('./commands/rm.ts'),
  versions: () => import('./commands/versions.ts'),
  restore: () => import('./commands/restore.ts'),
  sync: () => import('./commands/sync.ts'),
  share: () => import('./commands/share.ts'),
  unshare: () => import('./commands/unshare.ts'),
  people: () => import('./commands/people.ts'),
  device: () => import('./commands/device.ts'),
  recovery: () => import('./commands/recovery.ts'),
  recover: () => import('./commands/recover.ts'),
  verify: () => import('./commands/verify.ts'),
  status: () => import('./commands/status.ts'),
  doctor: () => import('./commands/doctor.ts'),
  lab: () => import('./commands/lab.ts'),
  bench: () => import('./commands/bench.ts'),
  tor: () => import('./commands/tor.ts'),
}
