// Duplicate detection: a message id seen within the window is accepted and dropped. The first sighting counts, repeats do not extend it.
import { deleteRecord, putJson, recordKey, spaces } from '../records/records.ts';
import type { Turn } from '../turn.ts';
import type { Mailbox } from './mailbox.ts';

const purgeEveryMs = 10_000;

/** Notes the id; true when it was there already. */
export function isDuplicate(turn: Turn, mailbox: Mailbox, messageId: string): boolean {
  const { duplicates } = mailbox;
  if (!duplicates) return false;
  const seenAtMs = duplicates.seenAtMs.get(messageId);
  if (seenAtMs !== undefined && seenAtMs + duplicates.windowMs > turn.now) return true;
  duplicates.seenAtMs.delete(messageId);
  duplicates.seenAtMs.set(messageId, turn.now);
  turn.changes.push(putJson(spaces.duplicates, recordKey(mailbox, messageId), turn.now));
  return false;
}

export function forgetOldIds(turn: Turn, mailbox: Mailbox): void {
  const { duplicates } = mailbox;
  if (!duplicates) return;
  for (const [messageId, seenAtMs] of duplicates.seenAtMs) {
    if (seenAtMs + duplicates.windowMs > turn.now) break;
    duplicates.seenAtMs.delete(messageId);
    turn.changes.push(deleteRecord(spaces.duplicates, recordKey(mailbox, messageId)));
  }
}

/** Rounded up, so that a stream of ids is forgotten in batches. */
export function nextForgettingAtMs(mailbox: Mailbox): number | undefined {
  const { duplicates } = mailbox;
  const oldest = duplicates?.seenAtMs.values().next().value;
  if (!duplicates || oldest === undefined) return undefined;
  return Math.ceil((oldest + duplicates.windowMs) / purgeEveryMs) * purgeEveryMs;
}
