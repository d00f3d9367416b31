// One table: what the broker refuses → the AMQP condition and $management status that Service Bus answers with.
import { BrokerError, type BrokerErrorCode } from '../broker/errors.ts';

export interface AmqpFailure {
  readonly condition: string;
  readonly status: number;
  readonly description: string;
}

const table: Readonly<Record<BrokerErrorCode, { readonly condition: string; readonly status: number }>> = {
  'entity-not-found': { condition: 'amqp:not-found', status: 404 },
  'message-not-found': { condition: 'com.microsoft:message-not-found', status: 404 },
  'message-lock-lost': { condition: 'com.microsoft:message-lock-lost', status: 410 },
  'session-lock-lost': { condition: 'com.microsoft:session-lock-lost', status: 410 },
  'session-cannot-be-locked': { condition: 'com.microsoft:session-cannot-be-locked', status: 410 },
  'message-too-large': { condition: 'amqp:link:message-size-exceeded', status: 403 },
  'not-allowed': { condition: 'amqp:not-allowed', status: 400 },
  'entity-disabled': { condition: 'com.microsoft:entity-disabled', status: 400 },
  'quota-exceeded': { condition: 'amqp:resource-limit-exceeded', status: 403 },
  'invalid-argument': { condition: 'com.microsoft:argument-error', status: 400 },
  'already-exists': { condition: 'com.microsoft:entity-already-exists', status: 409 },
  'argument-out-of-range': { condition: 'com.microsoft:argument-out-of-range', status: 400 },
  'link-stolen': { condition: 'amqp:link:stolen', status: 410 },
  'too-many-readers': { condition: 'amqp:resource-limit-exceeded', status: 403 },
  'producer-stolen': { condition: 'com.microsoft:producer-epoch-stolen', status: 410 },
  'out-of-order': { condition: 'com.microsoft:out-of-order-sequence', status: 400 },
  'not-implemented': { condition: 'amqp:not-implemented', status: 501 },
};

/** What is not the client's fault, such as a full disk, is answered as busy: clients try again later. */
export function toAmqpFailure(error: unknown): AmqpFailure {
  if (error instanceof BrokerError) return { ...table[error.code], description: error.message };
  const detail = error instanceof Error ? error.message : String(error);
  return {
    condition: 'com.microsoft:server-busy',
    status: 503,
    description: `The local broker failed: ${detail}`,
  };
}
