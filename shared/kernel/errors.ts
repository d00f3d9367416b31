// One error type and one registry. An error says what happened; only the wrappers in shared/adapters/functions know
// what becomes of it (design: errors and settlement).
import type { Money } from './money.ts';

export type ErrorKind = 'invalid-input' | 'not-found' | 'conflict' | 'rejected' | 'transient' | 'permanent' | 'unknown';

interface ErrorEntry {
  readonly kind: ErrorKind;
  /** HTTP status of the problem document. */
  readonly status: number;
  readonly title: string;
  /** What the caller does next. */
  readonly advice: string;
}

const adviceByKind: Readonly<Record<ErrorKind, string>> = {
  'invalid-input': 'Mend what `errors[].pointer` or `detail` names, then send it again.',
  'not-found': 'Check the id.',
  conflict: 'Read the resource again: its state does not allow this.',
  rejected: 'Ask the customer for another way.',
  transient: 'Send the same again after `Retry-After` seconds.',
  permanent: 'Tell the operator the `instance`; sending it again does not help.',
  unknown: 'Send the same again once, then tell the operator the `instance`.',
};

const entry = (kind: ErrorKind, status: number, title: string, advice = adviceByKind[kind]): ErrorEntry => ({
  kind,
  status,
  title,
  advice,
});

/** Every code the application can answer with. Codes are stable: callers may branch on them. */
export const errorRegistry = {
  'invalid-json': entry('invalid-input', 400, 'The body is not valid JSON'),
  'invalid-request': entry('invalid-input', 400, 'The request does not match its schema'),
  'invalid-message': entry('invalid-input', 400, 'The message does not match its contract'),
  'invalid-signature': entry(
    'invalid-input',
    400,
    'The event is not signed by the payment provider',
    'Send it as it was signed, within minutes; the secret is that of the registered endpoint.',
  ),
  'payload-too-large': entry(
    'invalid-input',
    413,
    'The body is larger than this operation takes',
    'Send less at once; `detail` names the limit.',
  ),
  'unsupported-media-type': entry(
    'invalid-input',
    415,
    'The body must be application/json',
    'Send JSON in UTF-8, as `application/json`, without `Content-Encoding`.',
  ),
  'unsupported-file-name': entry('invalid-input', 422, 'The file name cannot be used'),
  'upload-too-large': entry(
    'invalid-input',
    413,
    'The upload is larger than this way of uploading takes',
    'Ask `POST /api/v1/videos` for an address that takes a film of any size.',
  ),
  'upload-incomplete': entry(
    'invalid-input',
    400,
    'The upload ended before its end',
    'Upload it again from its beginning.',
  ),
  'unknown-sku': entry(
    'invalid-input',
    422,
    'A product in the order does not exist',
    'Choose from `GET /api/v1/products`.',
  ),
  'mixed-currencies': entry('invalid-input', 422, 'All products of an order must have the currency of the order'),
  'several-stores': entry(
    'invalid-input',
    422,
    'An order takes food of one kitchen only',
    'Place an order for each kitchen; `errors[]` points at the items of another one.',
  ),
  'total-too-large': entry('invalid-input', 422, 'The order costs more than one order may', 'Order less at once.'),
  'too-many-items': entry('invalid-input', 422, 'The order has as many items as one can hold', 'Begin another order.'),
  'idempotency-key-reused': entry(
    'invalid-input',
    422,
    'The Idempotency-Key was used with another body',
    'Use a new key for a new request; the same key only to repeat the same body.',
  ),
  'invalid-reading': entry('invalid-input', 400, 'The reading does not match its schema'),
  'reading-from-the-future': entry('invalid-input', 422, 'The time of the reading is ahead of ours'),
  'reading-too-old': entry('invalid-input', 422, 'The windows of that time are no longer kept'),
  'window-full': entry('invalid-input', 422, 'The minute has as many readings as one can hold'),
  'order-not-found': entry('not-found', 404, 'There is no such order'),
  'product-not-found': entry('not-found', 404, 'There is no such product'),
  'contact-not-found': entry('not-found', 404, 'There is no such contact'),
  'customer-not-found': entry('not-found', 404, 'Nothing is stored of this customer'),
  'video-not-found': entry('not-found', 404, 'There is no such video'),
  'video-not-ready': entry(
    'conflict',
    409,
    'The video cannot be played yet',
    'Wait until `GET /api/v1/videos/{videoId}` says `ready`.',
  ),
  'dead-letter-not-found': entry('not-found', 404, 'There is no such dead letter'),
  'dead-letter-closed': entry(
    'conflict',
    409,
    'Something was done about the dead letter already',
    'Nothing: read its `history`. It is open again when its resubmission comes back.',
  ),
  'dead-letter-busy': entry('transient', 503, 'Another action on the dead letter is under way'),
  'dead-letter-refused': entry(
    'invalid-input',
    422,
    'The mended body would come back',
    'Mend what `errors[].pointer` names; a dry run says what is left.',
  ),
  'no-way-back': entry(
    'rejected',
    422,
    'The dead letter cannot be sent again',
    'Send its content by hand where it belongs, then discard the letter.',
  ),
  'batch-not-found': entry('not-found', 404, 'There is no such batch of resubmissions'),
  'webhook-not-found': entry('not-found', 404, 'There is no such webhook'),
  'webhook-not-allowed': entry(
    'invalid-input',
    422,
    'The address of the webhook cannot be called',
    'Give an `https` address of a public host.',
  ),
  'too-many-webhooks': entry(
    'conflict',
    409,
    'There are as many webhooks as there may be',
    'Remove one of them first.',
  ),
  'task-not-found': entry('not-found', 404, 'There is no such operator task'),
  'task-busy': entry('transient', 503, 'Another action on the operator task is under way'),
  'step-still-fails': entry(
    'rejected',
    422,
    'The step still cannot be undone',
    'Mend what `detail` names and retry, or undo it by hand and resolve the task.',
  ),
  'task-closed': entry('conflict', 409, 'The operator task was closed in another way', 'Nothing: read its `history`.'),
  'projection-not-found': entry('not-found', 404, 'There is no such projection'),
  'projection-being-rebuilt': entry(
    'conflict',
    409,
    'The projection is being rebuilt in another way',
    'Wait until `GET /api/v1/projections/{name}` shows no `rebuilding`, then ask again.',
  ),
  'price-changed': entry(
    'conflict',
    409,
    'A price changed since the page was loaded',
    'Show the customer the new prices in `errors[]` and place the order again.',
  ),
  'order-not-draft': entry(
    'conflict',
    409,
    'The order is no draft any more',
    'Nothing can be added to it: place another order.',
  ),
  'answer-pending': entry(
    'conflict',
    409,
    'The first request with this Idempotency-Key is still at work',
    'Send the same again after `Retry-After` seconds.',
  ),
  'orders-open': entry(
    'conflict',
    409,
    'The customer has orders under way',
    'Wait until the orders in `errors[]` end, or cancel them; then send the same again.',
  ),
  'too-late-to-cancel': entry('conflict', 409, 'The order can no longer be cancelled'),
  'not-preparing': entry('conflict', 409, 'No kitchen is at work on the order'),
  'not-ready': entry('conflict', 409, 'The order has not left the kitchen'),
  'concurrent-change': entry('transient', 503, 'The resource was changed at the same moment'),
  'upload-changed': entry(
    'transient',
    503,
    'Something else was uploaded meanwhile',
    'Nothing: it is processed once the event of the newest upload arrives.',
  ),
  'payment-declined': entry('rejected', 422, 'The payment was declined'),
  'payments-unavailable': entry('transient', 503, 'The payment provider does not answer'),
  'carrier-unavailable': entry('transient', 503, 'The carrier does not answer'),
  'mail-unavailable': entry('transient', 503, 'The mail service does not answer'),
  'webhook-unavailable': entry('transient', 503, 'The receiver of the webhook does not answer'),
  'storage-unavailable': entry('transient', 503, 'The storage does not answer'),
  'messaging-unavailable': entry('transient', 503, 'The message broker does not answer'),
  'events-unavailable': entry('transient', 503, 'The event topic does not answer'),
  'encoder-busy': entry('transient', 503, 'The encoder is at work on other films'),
  'encoder-failed': entry('unknown', 500, 'The encoder failed'),
  'payments-refused': entry('permanent', 500, 'The payment provider refused the request'),
  'carrier-refused': entry('permanent', 500, 'The carrier refused the request'),
  'mail-refused': entry('permanent', 500, 'The mail service refused the message'),
  'webhook-refused': entry('permanent', 500, 'The receiver of the webhook refused the event'),
  'message-too-large': entry('permanent', 500, 'The message is larger than the broker takes'),
  'claim-check-missing': entry('permanent', 500, 'The data that belongs to the message is not there'),
  'claim-check-altered': entry('permanent', 500, 'The data that belongs to the message is not what was sent'),
  'import-file-missing': entry(
    'permanent',
    500,
    'The sales of the import are not there',
    'Send the file again: a receipt is one order, however often it comes.',
  ),
  'broken-invariant': entry('permanent', 500, 'The stored data contradicts itself'),
  'internal-error': entry('unknown', 500, 'Something went wrong on our side'),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorRegistry;

/** One fault of an input: `pointer` is an RFC 6901 JSON pointer into the body, or the name of a parameter. */
export interface InputFault {
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
  /** What the thing costs now, where that is the fault. */
  readonly price?: Money;
}

export interface AppErrorOptions {
  readonly cause?: unknown;
  /** How long the caller does well to wait, for transient errors. */
  readonly retryAfterMs?: number;
  readonly errors?: readonly InputFault[];
}

export class AppError extends Error {
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  readonly retryAfterMs: number | undefined;
  readonly errors: readonly InputFault[] | undefined;

  /** `detail` may be shown to the caller: what happened and what to do next, without secrets. */
  constructor(code: ErrorCode, detail: string, { cause, retryAfterMs, errors }: AppErrorOptions = {}) {
    super(detail, { cause });
    this.name = 'AppError';
    this.code = code;
    this.kind = errorRegistry[code].kind;
    this.retryAfterMs = retryAfterMs;
    this.errors = errors;
  }
}

/** Anything thrown as an AppError; what nobody foresaw is `internal-error` of kind `unknown`. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return new AppError('internal-error', detail, { cause: thrown });
}
