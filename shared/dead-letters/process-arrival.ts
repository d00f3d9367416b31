// A dead letter comes in. It is stored before anything is done about it, and each step may run again: whoever dies is followed by the
// same message, which is completed last.
import type { MessageType } from '../kernel/cloud-event.ts';
import { toAppError } from '../kernel/errors.ts';
import { sha256Of } from '../kernel/ids.ts';
import { type Arrival, candidatesFor, decideArrival, fits } from './arrival.ts';
import type { DeadLetter } from './dead-letter.ts';
import type { DeadLetterStore } from './dead-letter-store.ts';
import { planRepair, type Repair } from './repair.ts';

export interface RepairPorts {
  readonly deadLetters: DeadLetterStore;
  readonly contractsOf: (sourceEntity: string) => readonly MessageType[];
  /** Idempotent: one that has begun goes on. */
  readonly repair: (id: string, repair: Repair) => Promise<unknown>;
  readonly now: () => number;
}

export interface ArrivalPorts extends RepairPorts {
  /** Tells operators of a letter that waits, once a cause. */
  readonly alert: (letter: DeadLetter) => Promise<void>;
}

type Outcome = 'resubmitted' | 'open' | 'known';

/** @throws AppError storage-unavailable, messaging-unavailable, concurrent-change: come again */
export async function processArrival(ports: ArrivalPorts, arrival: Arrival): Promise<Outcome> {
  const { letter, isNew } = await storeArrival(ports, arrival);
  if (await repair(ports, letter)) return 'resubmitted';
  if (isNew && letter.state === 'open') await ports.alert(letter);
  return isNew ? 'open' : 'known';
}

/** Body first: a row that tells of a body has it. */
export async function storeArrival(
  { deadLetters, now }: Pick<RepairPorts, 'deadLetters' | 'now'>,
  arrival: Arrival,
): Promise<{ readonly letter: DeadLetter; readonly isNew: boolean }> {
  const at = new Date(now()).toISOString();
  const bodySha256 = sha256Of(arrival.body);
  for (const candidate of candidatesFor(arrival, bodySha256)) {
    const { id } = candidate;
    const isIts = (letter: DeadLetter | undefined): boolean => fits(candidate, letter, arrival, bodySha256);
    if (!isIts(await deadLetters.get(id))) continue;
    await deadLetters.putBody(id, arrival.body);
    let isNew = false;
    const letter = await deadLetters.change(id, (before) => {
      const change = isIts(before) ? decideArrival(before, candidate, arrival, bodySha256, at) : undefined;
      isNew = change !== undefined;
      return change;
    });
    if (letter !== undefined && isIts(letter)) return { letter, isNew };
  }
  throw new Error(`no letter takes the message ${arrival.messageId} of ${arrival.sourceEntity}`);
}

/** Whether the letter was sent again. A refusal that no repeat mends is noted there and leaves the letter to a person. */
export async function repair(
  { deadLetters, contractsOf, repair: mend, now }: RepairPorts,
  letter: DeadLetter,
): Promise<boolean> {
  const { id, sourceEntity } = letter;
  const at = new Date(now()).toISOString();
  const plan = planRepair(letter, await deadLetters.body(id), contractsOf(sourceEntity), at);
  if (plan === undefined) return false;
  try {
    await mend(id, plan);
    return true;
  } catch (thrown) {
    if (toAppError(thrown).kind === 'transient') throw thrown;
    await deadLetters.change(id, (before) => {
      if (before?.retryAt === undefined) return undefined;
      const { retryAt: _given, ...rest } = before;
      return { letter: { ...rest, updatedAt: at } };
    });
    return false;
  }
}
