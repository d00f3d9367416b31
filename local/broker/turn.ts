// What an operation does beside answering. The caller commits `changes` before it tells anyone the answer.

export interface Change {
  readonly space: string;
  readonly key: string;
  readonly value: Uint8Array | null;
}

export interface LostSession {
  readonly mailboxKey: string;
  readonly sessionId: string;
  readonly owner: string;
}

export interface Turn {
  /** The time at which all of this happens, in milliseconds since 1970. */
  readonly now: number;
  /** Records to put or (null) delete, in order, all or nothing. */
  readonly changes: Change[];
  /** Keys of the mailboxes in which something became ready to receive. */
  readonly readied: Set<string>;
  /** Session locks that ran out. */
  readonly lostSessions: LostSession[];
}

export function newTurn(now: number): Turn {
  return { now, changes: [], readied: new Set(), lostSessions: [] };
}
