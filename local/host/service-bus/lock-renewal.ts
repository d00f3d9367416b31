// Renews a message's lock from its arrival to the end of its call, as Azure does. The SDK would renew one that is never settled
// (autoCompleteMessages false) for all of maxAutoLockRenewalDuration.
import type { ServiceBusReceivedMessage } from '@azure/service-bus';

export interface LockRenewer {
  /** The new end of the lock. */
  renewMessageLock(message: ServiceBusReceivedMessage): Promise<Date>;
}

/** Nobody's lock lasts longer than 5 min. */
const longestPauseMs = 150_000;

/** Ends by itself after `durationMs`, or when the lock is lost: settling will say so. @returns ends it */
export function keepLock(message: ServiceBusReceivedMessage, renewer: LockRenewer, durationMs: number): () => void {
  const endsAtMs = Date.now() + durationMs;
  let timer: NodeJS.Timeout | undefined;
  let ended = false;
  const schedule = (lockedUntil: Date | undefined): void => {
    const pauseMs = Math.min(longestPauseMs, ((lockedUntil?.getTime() ?? 0) - Date.now()) / 2);
    if (!ended && pauseMs > 0 && Date.now() + pauseMs < endsAtMs) timer = setTimeout(renew, pauseMs);
  };
  const renew = (): void => {
    renewer.renewMessageLock(message).then(schedule, () => undefined);
  };
  schedule(message.lockedUntilUtc);
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}
