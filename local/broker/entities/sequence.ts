// Sequence numbers: ascending, never used twice. They are reserved in blocks, so that most sends write no counter;
// a restart skips what is left of a block.
import { putJson, recordKey, spaces } from '../records/records.ts';
import type { Turn } from '../turn.ts';
import type { Mailbox } from './mailbox.ts';

const blockSize = 1000;

export function takeSequenceNumber(turn: Turn, mailbox: Mailbox): number {
  const { sequence } = mailbox;
  if (sequence.next >= sequence.reservedBelow) {
    sequence.reservedBelow = sequence.next + blockSize;
    turn.changes.push(putJson(spaces.sequences, recordKey(mailbox, ''), sequence.reservedBelow));
  }
  return sequence.next++;
}
