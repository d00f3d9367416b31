// What the server keeps for each connection.
import type { Sender } from './rhea-internals.ts';

export interface ReplyLink {
  readonly link: Sender;
  /** How many answers it was given. */
  sent: number;
}

/** `vanished`: the client was gone without closing the connection. */
export type End = 'closed' | 'vanished';

export interface Peer {
  /** Owner of the locks its links take. */
  readonly id: string;
  /** Links that carry answers, by their name and by the address they asked for. */
  readonly replies: Map<string, ReplyLink>;
  readonly onEnd: Set<(how: End) => void>;
  linkCount: number;
}

export function newPeer(id: string): Peer {
  return { id, replies: new Map(), onEnd: new Set(), linkCount: 0 };
}
