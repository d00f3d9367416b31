// Why the broker refuses an operation; local/amqp turns the code into an AMQP condition.

export type BrokerErrorCode =
  | 'entity-not-found'
  | 'message-not-found'
  | 'message-lock-lost'
  | 'session-lock-lost'
  | 'session-cannot-be-locked'
  | 'message-too-large'
  | 'not-allowed'
  | 'entity-disabled'
  | 'quota-exceeded'
  | 'invalid-argument'
  | 'already-exists'
  | 'argument-out-of-range'
  | 'link-stolen'
  | 'too-many-readers'
  | 'producer-stolen'
  | 'out-of-order'
  | 'not-implemented';

/** Thrown before an operation has changed anything. */
export class BrokerError extends Error {
  readonly code: BrokerErrorCode;

  constructor(code: BrokerErrorCode, message: string) {
    super(message);
    this.name = 'BrokerError';
    this.code = code;
  }
}
