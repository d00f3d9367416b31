// The Idempotency-Key of a POST that takes one: whose it is, and which body it stands for.
import { createHash } from 'node:crypto';
import type { HttpRequest } from '@azure/functions';
import { AppError } from '../../kernel/errors.ts';
import type { IdempotencyClaim } from '../../kernel/request-claims.ts';
import { callerOf } from './caller.ts';

/**
 * The claim of a request on its key, undefined without one. The same key of two callers is two claims.
 * @param bytes what it stands for: the body as it came
 * @throws AppError invalid-request for a key that is empty, long or not printable
 */
export function readIdempotencyClaim(
  request: HttpRequest,
  bytes: Uint8Array,
  customerId?: string,
): IdempotencyClaim | undefined {
  const key = request.headers.get('idempotency-key');
  if (key === null) return undefined;
  if (!/^[\u0020-\u007e]{1,255}$/.test(key)) throw malformed();
  const requestHash = createHash('sha256').update(bytes).digest('hex');
  return { caller: callerOf(request, customerId), key, requestHash };
}

function malformed(): AppError {
  const detail = '1 to 255 printable ASCII characters';
  return new AppError('invalid-request', `The Idempotency-Key must have ${detail}`, {
    errors: [{ pointer: 'Idempotency-Key', code: 'invalid_format', detail }],
  });
}
