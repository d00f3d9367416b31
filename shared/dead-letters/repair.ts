// What Millrace mends by itself, and how often: a message that its place takes by now, a CloudEvent without the time it need not have,
// a dependency that may be back. Whatever comes back from that waits for a person.
import { type MessageType, parseCloudEvent } from '../kernel/cloud-event.ts';
import { AppError } from '../kernel/errors.ts';
import { type DeadLetter, millrace } from './dead-letter.ts';

/** How long a dependency is waited for before the first and before the second try; each message is itself put off for a day. */
const waitsMs = [5 * 60_000, 3_600_000];

/** When a letter is tried again that waits for a dependency. */
export function retryAtOf(
  { class: kind, repairs }: Pick<DeadLetter, 'class' | 'repairs'>,
  at: string,
): { readonly retryAt?: string } {
  const waitMs = kind === 'dependency' ? waitsMs[repairs] : undefined;
  return waitMs === undefined ? {} : { retryAt: new Date(Date.parse(at) + waitMs).toISOString() };
}

export interface Repair {
  /** Undefined where the message goes as it is. */
  readonly body?: Uint8Array;
  readonly note: string;
}

/**
 * What is done now, undefined where a person or time has to help. One that has begun goes on.
 * `contracts` are those of the place it failed in.
 */
export function planRepair(
  letter: DeadLetter,
  body: Uint8Array,
  contracts: readonly MessageType[],
  at: string,
): Repair | undefined {
  if (letter.state !== 'open') return undefined;
  const isUnderWay = letter.held?.by === millrace;
  if (letter.held !== undefined && !isUnderWay) return undefined;
  switch (letter.class) {
    case 'schema':
      return letter.repairs === 0 || isUnderWay ? mend(letter, body, contracts) : undefined;
    case 'dependency':
      return isUnderWay || (letter.retryAt !== undefined && letter.retryAt <= at)
        ? { note: 'tried again: the dependency may be back' }
        : undefined;
    case 'source':
    case 'code':
      return undefined;
  }
}

function mend({ arrivedAt }: DeadLetter, body: Uint8Array, contracts: readonly MessageType[]): Repair | undefined {
  if (isTaken(body, contracts)) return { note: `taken by now: ${contracts.map(({ type }) => type).join(', ')}` };
  const timed = withTime(body, arrivedAt);
  return timed !== undefined && isTaken(timed, contracts)
    ? { body: timed, note: 'the time of its arrival was filled in' }
    : undefined;
}

/** A message in an older version is taken too: its reader brings it up to the newest. */
function isTaken(body: Uint8Array, contracts: readonly MessageType[]): boolean {
  if (contracts.length === 0) return false;
  try {
    parseCloudEvent(body, contracts);
    return true;
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
}

/** `time` is optional in CloudEvents, and needed here [CloudEvents 1.0, time]. */
function withTime(body: Uint8Array, time: string): Uint8Array | undefined {
  try {
    const event: unknown = JSON.parse(Buffer.from(body).toString());
    if (typeof event !== 'object' || event === null || Array.isArray(event) || 'time' in event) return undefined;
    return Buffer.from(JSON.stringify({ ...event, time }));
  } catch {
    return undefined;
  }
}
