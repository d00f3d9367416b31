// A message nobody could handle, and everything that was done about it. Letters of one message are one letter: told twice after a
// crash, or come back from a resubmission.
import { deterministicId } from '../kernel/ids.ts';

export type DeadLetterState = 'open' | 'repaired' | 'resubmitted' | 'discarded';

/** Who has to mend it: us in our code, the sender, both in their contract, or time. */
export type DeadLetterClass = 'code' | 'source' | 'schema' | 'dependency';

export interface DeadLetter {
  readonly id: string;
  /** Open ones wait for a person or for a dependency; `repaired` ones were resubmitted by Millrace itself. */
  readonly state: DeadLetterState;
  /** `<class>/<reason>/<source entity>` */
  readonly cause: string;
  readonly class: DeadLetterClass;
  /** A queue, `event-grid/<function>`, `hub/<name>` or `orchestration/<name>`. */
  readonly sourceEntity: string;
  readonly reason: string;
  readonly description: string;
  /** Of the message as it came here. */
  readonly messageId: string;
  /** Without the marks of copies (`#n`) and resubmissions (`!rn`); with a piece of its hash where another message has its id. */
  readonly originalId: string;
  readonly subject?: string;
  readonly correlationId?: string;
  readonly sessionId?: string;
  readonly contentType?: string;
  readonly replyTo?: string;
  readonly replyToSessionId?: string;
  /** Of the CloudEvent, where the body is one. */
  readonly type?: string;
  /** As they came, with what the settlement rule or the broker noted. */
  readonly properties: Readonly<Record<string, string | number | boolean>>;
  /** How often it was sent again; the next is `<originalId>!r<resubmissions + 1>`. */
  readonly resubmissions: number;
  /** How many of them Millrace began itself. */
  readonly repairs: number;
  /** The number of the last resubmission that came back, 0 for none. */
  readonly returned: number;
  /** Of the present body, in hex: the one that came first, or with the resubmission that came back. */
  readonly bodySha256: string;
  /** Of the body it came with first: by it two messages of one id are told apart. */
  readonly firstSha256: string;
  /** A dependency is waited for: Millrace tries again then. */
  readonly retryAt?: string;
  readonly arrivedAt: string;
  readonly updatedAt: string;
  /** A resubmission that is under way, or whose end nobody noted. It means nothing once that resubmission came back. */
  readonly held?: Hold;
  /** The actions that began the last resubmissions: run again, they begin none again. */
  readonly actions?: readonly string[];
}

export interface Hold {
  readonly resubmission: number;
  /** Of a request, a batch or a repair: the same however often that runs. */
  readonly action: string;
  readonly by: string;
  readonly until: string;
  /** Of the body that is sent. */
  readonly bodySha256: string;
  /** Why its last try failed. */
  readonly failure?: string;
}

/** What millrace did itself is noted as done by this. */
export const millrace = 'millrace';

export interface DeadLetterEntry {
  readonly at: string;
  readonly by: string;
  readonly action: 'arrive' | 'repair' | 'resubmit' | 'discard' | 'return';
  readonly note?: string;
  /** `begun` is stored before anything is sent, so that an action that dies has left its trace. */
  readonly outcome: 'open' | 'begun' | 'done' | 'failed';
  readonly detail?: string;
}

export interface DeadLetterChange {
  readonly letter: DeadLetter;
  readonly entry?: DeadLetterEntry;
}

export interface DeadLetterFilter {
  readonly state?: DeadLetterState | undefined;
  readonly cause?: string | undefined;
  readonly sourceEntity?: string | undefined;
  readonly reason?: string | undefined;
  /** ISO times of arrival, both included. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  /** Waits for a dependency, and is to be tried again by this time. */
  readonly retryBy?: string | undefined;
}

export interface CauseGroup {
  readonly cause: string;
  readonly count: number;
  readonly oldestAt: string;
}

/** `sale-7!r2#3` is the third copy of the second resubmission of `sale-7`. */
const marks = /!r(\d+)(?:#\d+)?$/;

/** A copy of an original carries its id as a property: `#3` alone may be the sender's own. */
export const withoutMarks = (messageId: string): string => messageId.replace(marks, '') || messageId;

/** The number of the resubmission that a message, or a copy of it, is of; 0 for an original. */
export const resubmissionOf = (messageId: string): number => Number(marks.exec(messageId)?.[1] ?? 0);

/** Letters of one message at one place are one letter. */
export const deadLetterIdOf = (originalId: string, sourceEntity: string): string =>
  deterministicId('dead-letter', withoutMarks(originalId), sourceEntity);

/** The broker's bound is 128 characters; the rest is for the marks. */
const idLimit = 110;

/**
 * Of the resubmission of this number; sent twice, it is one message. It has to travel with the property `originalId`, by which it is
 * known when it comes back.
 */
export const resubmissionIdOf = ({ originalId }: Pick<DeadLetter, 'originalId'>, number: number): string =>
  `${originalId.length > idLimit ? deterministicId('message', originalId) : originalId}!r${number}`;

/** The notes of the settlement rule and of the broker [Service Bus dead-letter queues]; triggers make the first letter small. */
const notes = /^(?:reason|description|sourceEntity|copy|originalAt|deadLetter.*)$/i;

/** The properties a resubmission goes with: the sender's own, and by what it is known when it comes back. */
export const resubmissionProperties = ({ id, originalId, properties }: DeadLetter): DeadLetter['properties'] => ({
  ...Object.fromEntries(Object.entries(properties).filter(([name]) => !notes.test(name))),
  originalId,
  deadLetterId: id,
});
