// What comes to be a dead letter: a new one, a letter that is here already, or one that comes back from its resubmission.
import { causeOf, classify } from './classify.ts';
import {
  type DeadLetter,
  type DeadLetterChange,
  deadLetterIdOf,
  millrace,
  resubmissionIdOf,
  resubmissionOf,
  withoutMarks,
} from './dead-letter.ts';
import { isUuid } from '../kernel/ids.ts';
import { retryAtOf } from './repair.ts';

type Optional = 'subject' | 'correlationId' | 'sessionId' | 'contentType' | 'replyTo' | 'replyToSessionId';

/** A message as it came here. */
export interface Arrival
  extends Pick<DeadLetter, 'sourceEntity' | 'reason' | 'description' | 'messageId' | 'properties'> {
  readonly originalId: string;
  readonly optional: Partial<Readonly<Record<Optional, string>>>;
  /** Of a queue of sessions. */
  readonly hasSession: boolean;
  readonly body: Uint8Array;
}

/** The CloudEvent's own, where the body is one. */
function typeOf(body: Uint8Array): string | undefined {
  try {
    const event: unknown = JSON.parse(Buffer.from(body).toString());
    const type = typeof event === 'object' && event !== null && 'type' in event ? event.type : undefined;
    return typeof type === 'string' ? type.slice(0, 256) : undefined;
  } catch {
    return undefined;
  }
}

export interface Candidate {
  readonly id: string;
  readonly originalId: string;
  /** Only a letter that is there can be meant. */
  readonly isClaimed: boolean;
}

/**
 * The letters that a message may belong to, the likeliest first: the one it was resubmitted from, by its id, and by its body besides,
 * for senders may give two messages one id.
 */
export function candidatesFor(
  { originalId: id, sourceEntity, properties }: Arrival,
  bodySha256: string,
): readonly Candidate[] {
  const claimed = properties['deadLetterId'];
  const originalId = withoutMarks(id);
  const apart = `${originalId}~${bodySha256.slice(0, 8)}`;
  return [
    ...(typeof claimed === 'string' && isUuid(claimed) ? [{ id: claimed, originalId, isClaimed: true }] : []),
    { id: deadLetterIdOf(originalId, sourceEntity), originalId, isClaimed: false },
    { id: deadLetterIdOf(apart, sourceEntity), originalId: apart, isClaimed: false },
  ];
}

/** A message that was never resubmitted has the body its letter came with. */
export const fits = (
  { originalId, isClaimed }: Candidate,
  letter: DeadLetter | undefined,
  arrival: Arrival,
  bodySha256: string,
): boolean =>
  letter === undefined
    ? !isClaimed
    : letter.sourceEntity === arrival.sourceEntity &&
      letter.originalId === originalId &&
      (resubmissionOf(arrival.messageId) > 0 || letter.firstSha256 === bodySha256);

/** Undefined for what is here already. */
export function decideArrival(
  letter: DeadLetter | undefined,
  { id, originalId }: Pick<Candidate, 'id' | 'originalId'>,
  arrival: Arrival,
  bodySha256: string,
  at: string,
): DeadLetterChange | undefined {
  const number = resubmissionOf(arrival.messageId);
  const { reason, description, sourceEntity } = arrival;
  const seen = { reason, description, class: classify(arrival), cause: causeOf(arrival), bodySha256, updatedAt: at };
  const detail = `${reason}: ${description}`;
  const arrived = { messageId: arrival.messageId, properties: arrival.properties, ...optionalOf(arrival) };
  if (letter === undefined) {
    const fresh = {
      id,
      state: 'open',
      sourceEntity,
      originalId,
      ...seen,
      ...arrived,
      resubmissions: number,
      returned: number,
      repairs: 0,
      firstSha256: bodySha256,
      arrivedAt: at,
    } as const;
    return {
      letter: { ...fresh, ...retryAtOf(fresh, at) },
      entry: { at, by: millrace, action: 'arrive', outcome: 'open', detail },
    };
  }
  if (number <= letter.returned) return undefined;
  const entry = {
    at,
    by: millrace,
    action: 'return',
    outcome: 'open',
    note: `resubmission ${number}`,
    detail,
  } as const;
  // One that was overtaken by a later resubmission tells nothing new.
  if (number < letter.resubmissions) return { letter: { ...letter, returned: number, updatedAt: at }, entry };
  const { held: _ended, retryAt: _past, ...rest } = letter;
  const back = { ...rest, ...seen, ...arrived, state: 'open', resubmissions: number, returned: number } as const;
  return { letter: { ...back, ...retryAtOf(back, at) }, entry };
}

function optionalOf({ optional, body }: Arrival): Partial<DeadLetter> {
  const type = typeOf(body);
  return { ...optional, ...(type === undefined ? {} : { type }) };
}

/**
 * The message id of what carries none of ours: an event of a hub, an orchestration. `occurrence` is the same for the same failure; it
 * stands among the properties.
 */
export function messageIdOf(letter: DeadLetter | undefined, originalId: string, occurrence: string): string {
  if (letter === undefined) return originalId;
  const sent = Math.max(letter.resubmissions, letter.held?.resubmission ?? 0);
  return letter.properties['deadLetterOccurrence'] === occurrence || sent === 0
    ? letter.messageId
    : resubmissionIdOf(letter, sent);
}
