import type { Command } from 'commander'
import type { Action } from '../command.ts'
import { addDeviceFlags, type DeviceFlags } from '../device/flags.ts'
import { type Finding, findings } from '../device/health.ts'
import { homePaths } from '../device/home.ts'
import { EXIT } from '../exit.ts'

const MARKS: Record<Finding['verdict'], string> = { ok: '✔', warning: '!', wrong: '✘' }

export function define(command: Command, choose: (action: Action) => void): void {
  addDeviceFlags(command).action((flags: DeviceFlags) =>
    choose(async (terminal) => {
      const found = await findings(homePaths(flags.home, process.env), terminal)
      const ok = found.every((finding) => finding.verdict !== 'wrong')
      if (flags.json === true) terminal.json({ schema: 'warren.doctor/1', ok, findings: found })
      else
        for (const { verdict, about, text, advice } of found)
          terminal.print(`${MARKS[verdict]} ${about}: ${text}${advice === undefined ? '' : `; ${advice}`}`)
      return ok ? EXIT.done : EXIT.error
    }),
  )
}
