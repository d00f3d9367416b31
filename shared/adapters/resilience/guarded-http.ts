// The guard around every request of the Azure SDKs that speak HTTP. It stands outside the SDKs' own retries, which are off: they
// repeat what is not idempotent too.
import type { TableServiceClientOptions } from '@azure/data-tables';
import type { RequestPolicyFactory } from '@azure/storage-blob';
import { AppError } from '../../kernel/errors.ts';
import { isUnavailable, statusOf } from '../storage-errors.ts';
import type { Guard } from './guard.ts';

type CoreOptions = Pick<TableServiceClientOptions, 'additionalPolicies' | 'retryOptions'>;

/** The options of a client of @azure/core-client (tables, events, mail). */
export const guardedOptions = (guard: Guard): CoreOptions => ({
  retryOptions: { maxRetries: 0 },
  additionalPolicies: [
    {
      position: 'perCall',
      policy: {
        name: 'guard',
        sendRequest: (request, next) =>
          send(
            guard,
            request,
            (name) => request.headers.has(name),
            () => next(request),
          ),
      },
    },
  ],
});

/** The same for blobs and queues, whose pipelines take policies of an older form beside `retryOptions: { maxTries: 1 }`. */
export const guardedPolicy = (guard: Guard): RequestPolicyFactory => ({
  create: (next) => ({
    sendRequest: (request) =>
      send(
        guard,
        request,
        (name) => request.headers.contains(name),
        () => next.sendRequest(request),
      ),
  }),
});

interface Request {
  readonly method: string;
  abortSignal?: unknown;
  readonly streamResponseStatusCodes?: Set<number>;
}

/** Idempotent by method, unless under a condition: whoever repeats that meets its own first success as somebody else's. */
const idempotentMethods = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'];
const conditions = ['if-match', 'if-none-match'];

function send<T>(
  guard: Guard,
  request: Request,
  hasHeader: (name: string) => boolean,
  next: () => Promise<T>,
): Promise<T> {
  const isRead = ['GET', 'HEAD'].includes(request.method);
  const idempotent = idempotentMethods.includes(request.method) && (isRead || !conditions.some(hasHeader));
  const own = request.abortSignal instanceof AbortSignal ? request.abortSignal : undefined;
  const { name, limits } = guard;
  return guard.run(
    async (signal) => {
      // A body that is streamed comes after the answer: it gets as long again.
      const isStreamed = (request.streamResponseStatusCodes?.size ?? 0) > 0;
      request.abortSignal = isStreamed ? AbortSignal.any([signal, AbortSignal.timeout(2 * limits.timeoutMs)]) : signal;
      try {
        return await next();
      } catch (cause) {
        if (!isUnavailable(cause)) throw cause;
        const answered = statusOf(cause);
        const detail = answered === undefined ? 'does not answer' : `answered ${answered}`;
        throw new AppError(limits.code, `${name} ${detail}; try again shortly`, { cause, ...retryAfterOf(cause) });
      }
    },
    { idempotent, ...(own === undefined ? {} : { signal: own }) },
  );
}

/** What the service says of when to come back, in whole seconds [RFC 9110, 10.2.3]. */
function retryAfterOf(error: unknown): { retryAfterMs?: number } {
  const response = error instanceof Error && 'response' in error ? error.response : undefined;
  const headers =
    typeof response === 'object' && response !== null && 'headers' in response ? response.headers : undefined;
  if (typeof headers !== 'object' || headers === null || !('get' in headers)) return {};
  const seconds = typeof headers.get === 'function' ? Number(headers.get('retry-after') ?? Number.NaN) : Number.NaN;
  return Number.isFinite(seconds) ? { retryAfterMs: seconds * 1000 } : {};
}
