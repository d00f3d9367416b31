// Looks at messages without taking them: active, locked, scheduled and deferred ones, by sequence number.
import { type Broker, mailboxAt } from '../entities/broker.ts';
import type { Message } from '../entities/message.ts';
import { MinHeap } from '../min-heap.ts';
import type { Turn } from '../turn.ts';

export interface PeekRequest {
  readonly fromSequenceNumber: number;
  readonly max: number;
  readonly sessionId?: string | undefined;
}

/** @throws BrokerError entity-not-found */
export function peek(broker: Broker, turn: Turn, path: string, request: PeekRequest): Message[] {
  // The lowest `max` numbers; the highest of them so far stands on top.
  const lowest = new MinHeap<Message>((message) => -message.sequenceNumber);
  for (const message of mailboxAt(broker, path).messages.values()) {
    if (message.sequenceNumber < request.fromSequenceNumber) continue;
    if (request.sessionId !== undefined && message.content.sessionId !== request.sessionId) continue;
    if (message.state === 'ready' && message.expiresAtMs !== undefined && message.expiresAtMs <= turn.now) continue;
    lowest.push(message);
    if (lowest.size > request.max) lowest.pop();
  }
  return Array.from({ length: lowest.size }, () => lowest.pop() as Message).toReversed();
}
