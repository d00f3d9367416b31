// A letter goes again to where it failed: a number is taken, the body sent under it, the end noted. Every part may be done twice, so
// whoever died half-way is followed by asking for the same again.
import { checkIn, type ClaimStore } from '../kernel/claim-check.ts';
import { AppError, toAppError } from '../kernel/errors.ts';
import { isUuid } from '../kernel/ids.ts';
import { checkBody, isCheckedIn } from './check-body.ts';
import { type DeadLetter, type DeadLetterChange, type Hold, millrace, resubmissionIdOf } from './dead-letter.ts';
import type { DeadLetterStore } from './dead-letter-store.ts';
import { type Act, decideBegin, decideDiscard, decideFailed, decideSent } from './resubmission.ts';
import { type Source, sourceOf } from './source-entity.ts';

export interface Resubmission {
  readonly letter: DeadLetter;
  readonly source: Source;
  /** Sent twice, it is one message. */
  readonly messageId: string;
  readonly body: Uint8Array;
}

export interface ResubmitPorts {
  readonly letters: DeadLetterStore;
  readonly claims: ClaimStore;
  /** Idempotent by the id of the message, or because whoever takes it is. */
  readonly resend: (resubmission: Resubmission) => Promise<void>;
  readonly now: () => number;
}

export interface ResubmitWish extends Omit<Act, 'at'> {
  /** In place of the one that failed. */
  readonly body?: Uint8Array;
}

/** An id of any other form names nothing. @throws AppError dead-letter-not-found */
export function letterIdFrom(text: string | undefined): string {
  if (text === undefined || !isUuid(text)) throw letterNotFound();
  return text;
}

export const letterNotFound = (): AppError =>
  new AppError('dead-letter-not-found', 'There is no dead letter of this id');

/**
 * Answers the letter as it stands then: `resubmitted` (or `repaired`), or open again where it came back already. The same action
 * again sends nothing new.
 * @throws AppError dead-letter-not-found, dead-letter-closed, dead-letter-busy, dead-letter-refused for a mended body that its place
 * would refuse, no-way-back, and what sending throws
 */
export async function resubmitLetter(ports: ResubmitPorts, id: string, wish: ResubmitWish): Promise<DeadLetter> {
  const { letters } = ports;
  const { body: mended, ...told } = wish;
  const act = (): Act => ({ ...told, at: new Date(ports.now()).toISOString() });
  const mendedSha256 = mended && (await keepMended(ports, id, mended));
  const begun = await change(letters, id, (now) => decideBegin(now, act(), mendedSha256 ?? now.bodySha256));
  if (begun.held?.action !== wish.action) return begun;
  try {
    await send(ports, begun, begun.held);
  } catch (thrown) {
    const { code, message } = toAppError(thrown);
    await change(letters, id, (now) => decideFailed(now, act(), `${code}: ${message}`));
    throw thrown;
  }
  return await change(letters, id, (now) => decideSent(now, act()));
}

/** As `resubmitLetter`, by Millrace itself: one repair that has begun goes on. */
export async function repairLetter(
  ports: ResubmitPorts,
  id: string,
  repair: Pick<ResubmitWish, 'body' | 'note'>,
): Promise<DeadLetter> {
  const letter = await ports.letters.get(id);
  const begun = letter?.held?.by === millrace ? letter.held.action : undefined;
  const action = begun ?? `repair-${(letter?.repairs ?? 0) + 1}`;
  return await resubmitLetter(ports, id, { ...repair, action, by: millrace, isRepair: true });
}

/**
 * It is left as it is. Answers the letter, which may have been discarded before.
 * @throws AppError dead-letter-not-found, dead-letter-closed, dead-letter-busy
 */
export const discardLetter = (
  { letters, now }: Pick<ResubmitPorts, 'letters' | 'now'>,
  id: string,
  { reason: note, ...act }: Pick<Act, 'action' | 'by'> & { readonly reason: string },
): Promise<DeadLetter> =>
  change(letters, id, (letter) => decideDiscard(letter, { ...act, note, at: new Date(now()).toISOString() }));

async function change(
  letters: DeadLetterStore,
  id: string,
  decide: (letter: DeadLetter) => DeadLetterChange | undefined,
): Promise<DeadLetter> {
  const letter = await letters.change(id, (now) => {
    if (now === undefined) throw letterNotFound();
    return decide(now);
  });
  if (letter === undefined) throw letterNotFound();
  return letter;
}

/** Checked, and stored beside the one that failed: whoever asks sees what was sent. */
async function keepMended({ letters, claims }: ResubmitPorts, id: string, mended: Uint8Array): Promise<string> {
  const letter = await letters.get(id);
  if (letter === undefined) throw letterNotFound();
  const { sourceEntity } = letter;
  const errors = await checkBody(claims, sourceEntity, mended, 'mended');
  const [first] = errors;
  if (first !== undefined) {
    const detail = `${sourceEntity} would refuse it: ${first.pointer || '/'} ${first.detail}`;
    throw new AppError('dead-letter-refused', detail, { errors });
  }
  const body = isCheckedIn(sourceEntity) ? await checkIn(Buffer.from(mended).toString(), claims) : mended;
  return await letters.putBody(id, Buffer.from(body));
}

async function send({ letters, resend }: ResubmitPorts, letter: DeadLetter, held: Hold): Promise<void> {
  const source = sourceOf(letter.sourceEntity);
  if (source === undefined) {
    throw new AppError('no-way-back', `${letter.sourceEntity} is no place that a message can be sent to`);
  }
  const messageId = resubmissionIdOf(letter, held.resubmission);
  const body = await letters.body(letter.id, held.bodySha256);
  await resend({ letter, source, messageId, body });
}
