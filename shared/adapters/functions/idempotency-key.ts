import type { HttpRequest } from '@azure/functions';
import { AppError } from '../../kernel/errors.ts';

/** The Idempotency-Key header, undefined without one. @throws AppError invalid-request when it is empty, long or not printable */
export function readIdempotencyKey(request: HttpRequest): string | undefined {
  const key = request.headers.get('idempotency-key');
  if (key === null) return undefined;
  if (/^[\u0021-\u007e]{1,255}$/.test(key)) return key;
  const detail = '1 to 255 printable ASCII characters without spaces';
  throw new AppError('invalid-request', `The Idempotency-Key must have ${detail}`, {
    errors: [{ pointer: 'Idempotency-Key', code: 'invalid_format', detail }],
  });
}
