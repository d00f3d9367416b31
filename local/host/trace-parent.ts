// The W3C trace context an invocation runs in: the caller's trace when there is one, always a span of its own.
import { randomBytes } from 'node:crypto';

/** @param caller the `traceparent` that came with the request or message, if it is one */
export function childTraceParent(caller: string | undefined): string {
  const [, traceId = randomBytes(16).toString('hex'), flags = '01'] =
    /^[\da-f]{2}-((?!0{32})[\da-f]{32})-(?!0{16})[\da-f]{16}-([\da-f]{2})$/.exec(caller ?? '') ?? [];
  return `00-${traceId}-${randomBytes(8).toString('hex')}-${flags}`;
}
