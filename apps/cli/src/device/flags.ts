import type { Command } from 'commander'

/** Flags of every command that works as a device. */
export interface DeviceFlags {
  home?: string
  passphraseFile?: string
  json?: true
}

export function addDeviceFlags(command: Command): Command {
  return command
    .option('--home <dir>', "this device's home (else WARREN_HOME, else the XDG directories)")
    .option('--passphrase-file <file>', 'read the passphrase from there (else WARREN_PASSPHRASE_FILE)')
    .option('--json', 'one JSON document')
}

export interface NewDeviceFlags extends DeviceFlags {
  device?: string
  unprotected?: true
}

export function addNewDeviceFlags(command: Command): Command {
  return addDeviceFlags(command)
    .option('--device <name>', 'what to call this device (default: the name of this machine)')
    .option('--unprotected', 'keep the keys of this device in the open: for scripts only')
}
