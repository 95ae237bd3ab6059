import type { Terminal } from './terminal.ts'

/** Shows a link as a QR code for the camera of another device, on stderr: stdout stays for data. */
export async function printQrCode(terminal: Terminal, text: string): Promise<void> {
  const { default: qrcode } = await import('qrcode')
  terminal.say(await qrcode.toString(text, { type: 'utf8', errorCorrectionLevel: 'L' }))
}
