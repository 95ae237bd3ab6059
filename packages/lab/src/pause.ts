/** Lets other things happen: a long computation would otherwise never see that it was cancelled. Throws the reason. */
export async function pause(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(resolve))
  signal.throwIfAborted()
}
