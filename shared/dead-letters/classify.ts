// Who has to mend a dead letter, by the reason it came with: a code of ours, or what the broker and Event Grid say.
// https://learn.microsoft.com/azure/service-bus-messaging/service-bus-dead-letter-queues
// https://learn.microsoft.com/azure/event-grid/delivery-and-retry
import { type ErrorCode, type ErrorKind, errorRegistry } from '../kernel/errors.ts';
import type { DeadLetterClass } from './dead-letter.ts';

const schemaReasons: ReadonlySet<string> = new Set<ErrorCode>([
  'invalid-json',
  'invalid-message',
  'invalid-request',
  'invalid-reading',
  'claim-check-missing',
  'claim-check-altered',
]);

const classOfKind: Readonly<Record<ErrorKind, DeadLetterClass>> = {
  'invalid-input': 'source',
  'not-found': 'source',
  conflict: 'source',
  rejected: 'source',
  transient: 'dependency',
  permanent: 'code',
  unknown: 'code',
};

const classOfForeign: ReadonlyMap<string, DeadLetterClass> = new Map([
  ['TTLExpiredException', 'source'],
  ['HeaderSizeExceeded', 'source'],
  ['Session ID is null.', 'source'],
  ['MaxTransferHopCountExceeded', 'source'],
  // What a function throws for a day is a dependency that stayed away, mostly.
  ['MaxDeliveryAttemptsExceeded', 'dependency'],
  ['TimeToLiveExceeded', 'dependency'],
]);

interface Failure {
  readonly reason: string;
  readonly sourceEntity: string;
  /** Whether the queue it failed in is one of sessions: there what waits for a dependency uses up its deliveries. */
  readonly hasSession: boolean;
}

export function classify({ reason, hasSession }: Failure): DeadLetterClass {
  if (schemaReasons.has(reason)) return 'schema';
  if (isErrorCode(reason)) return classOfKind[errorRegistry[reason].kind];
  if (reason === 'MaxDeliveryCountExceeded' && hasSession) return 'dependency';
  return classOfForeign.get(reason) ?? 'code';
}

const isErrorCode = (reason: string): reason is ErrorCode => Object.hasOwn(errorRegistry, reason);

/** Reasons are free text where others set them. */
const reasonLimit = 100;

/** What letters have in common that one repair may mend. */
export const causeOf = (failure: Failure): string =>
  `${classify(failure)}/${failure.reason.slice(0, reasonLimit)}/${failure.sourceEntity}`;
