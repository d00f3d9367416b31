// $management operations on messages.
import rhea from 'rhea';
import { type Broker, mailboxAt } from '../../broker/entities/broker.ts';
import type { Properties } from '../../broker/entities/definitions.ts';
import { heldLock } from '../../broker/entities/locks.ts';
import { abandon } from '../../broker/operations/abandon.ts';
import { cancelScheduled } from '../../broker/operations/cancel-scheduled.ts';
import { complete } from '../../broker/operations/complete.ts';
import { deleteMessages } from '../../broker/operations/delete-messages.ts';
import { type DeadLetterReason, deadLetterMessage } from '../../broker/operations/dead-letter.ts';
import { defer, receiveDeferred } from '../../broker/operations/defer.ts';
import { peek } from '../../broker/operations/peek.ts';
import type { Delivery } from '../../broker/operations/receive.ts';
import { renewLock } from '../../broker/operations/renew-lock.ts';
import { send } from '../../broker/operations/send.ts';
import type { Turn } from '../../broker/turn.ts';
import { tokenToUuidBytes, uuidBytesToToken } from '../lock-token.ts';
import { encodeDelivery } from '../delivery-codec.ts';
import { decodeSending, toProperties } from '../message-codec.ts';
import {
  countIn,
  invalid,
  listIn,
  optionalTextIn,
  optionalTimeIn,
  sequenceNumbersIn,
  textIn,
  uuidsIn,
} from './body.ts';
import type { Operation } from './operation.ts';

const { types } = rhea;
const longCode = 0x81;
const timestampCode = 0x83;

export const messageOperations: Readonly<Record<string, Operation>> = {
  async 'renew-lock'({ broker, path }, body) {
    const tokens = uuidsIn(body, 'lock-tokens').map(uuidBytesToToken);
    const expirations = await broker.run((state, turn) => tokens.map((token) => renewLock(state, turn, path, token)));
    return { expirations: types.wrap_array(expirations, timestampCode, undefined) };
  },

  async 'peek-message'({ broker, path }, body) {
    const [fromSequenceNumber = 0] = sequenceNumbersIn({ from: [body['from-sequence-number']] }, 'from');
    const max = countIn(body, 'message-count');
    const sessionId = optionalTextIn(body, 'session-id');
    const messages = broker.look((state, turn) => peek(state, turn, path, { fromSequenceNumber, max, sessionId }));
    if (messages.length === 0) return undefined;
    return { messages: messages.map((message) => ({ message: encodeDelivery(message) })) };
  },

  async 'schedule-message'({ broker, path }, body) {
    const sendings = listIn(body, 'messages').map((entry) => decodeSending(bytesIn(entry)));
    const numbers = await broker.run((state, turn) => send(state, turn, path, sendings));
    return { 'sequence-numbers': types.wrap_array(numbers, longCode, undefined) };
  },

  async 'cancel-scheduled-message'({ broker, path }, body) {
    const numbers = sequenceNumbersIn(body, 'sequence-numbers');
    await broker.run((state, turn) => cancelScheduled(state, turn, path, numbers));
    return {};
  },

  async 'receive-by-sequence-number'({ broker, path, owner }, body) {
    const numbers = sequenceNumbersIn(body, 'sequence-numbers');
    const mode = body['receiver-settle-mode'] === 0 ? 'receive-and-delete' : 'peek-lock';
    const sessionId = optionalTextIn(body, 'session-id');
    const messages = await broker.run((state, turn) =>
      receiveDeferred(state, turn, path, numbers, { mode, owner, sessionId }).map(toEntry),
    );
    return { messages };
  },

  async 'batch-delete-messages'({ broker, path }, body) {
    const deletion = {
      max: countIn(body, 'message-count'),
      enqueuedBeforeMs: optionalTimeIn(body, 'enqueued-time-utc'),
      sessionId: optionalTextIn(body, 'session-id'),
    };
    const deleted = await broker.run((state, turn) => deleteMessages(state, turn, path, deletion));
    return deleted === 0 ? undefined : { 'message-count': types.wrap_int(deleted) };
  },

  async 'update-disposition'({ broker, path }, body) {
    const tokens = new Set(uuidsIn(body, 'lock-tokens').map(uuidBytesToToken));
    const status = textIn(body, 'disposition-status');
    const changed = toProperties(body['properties-to-modify']);
    const reason = optionalTextIn(body, 'deadletter-reason');
    const description = optionalTextIn(body, 'deadletter-description');
    const settle = settlements[status];
    if (!settle) throw invalid('disposition-status', Object.keys(settlements).join(', '));
    await broker.run((state, turn) => {
      // All locks are looked at before the first message changes.
      for (const token of tokens) heldLock(turn, mailboxAt(state, path), token);
      for (const token of tokens) settle(state, turn, path, token, { changed, reason, description });
    });
    return {};
  },
};

type Settle = (state: Broker, turn: Turn, path: string, token: string, terms: Terms) => void;
type Terms = DeadLetterReason & { readonly changed: Properties };

const settlements: Readonly<Record<string, Settle>> = {
  completed: (state, turn, path, token) => complete(state, turn, path, token),
  abandoned: (state, turn, path, token, { changed }) => abandon(state, turn, path, token, changed),
  defered: (state, turn, path, token, { changed }) => defer(state, turn, path, token, changed),
  suspended: deadLetterMessage,
};

function toEntry({ message, lock }: Delivery): Record<string, unknown> {
  const entry = { message: encodeDelivery(message, lock) };
  return lock ? { ...entry, 'lock-token': types.wrap_uuid(tokenToUuidBytes(lock.token)) } : entry;
}

function bytesIn(entry: unknown): Buffer {
  const { message } = entry as { message?: unknown };
  if (!Buffer.isBuffer(message)) throw invalid('messages', 'a list of maps with a binary message');
  return message;
}
