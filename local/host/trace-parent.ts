// The W3C trace context an invocation runs in: the caller's trace when there is one, always a span of its own.
import { randomUUID } from 'node:crypto';

/** @param caller the `traceparent` that came with the request or message, if it is one */
export function childTraceParent(caller: string | undefined): string {
  const [, traceId = randomHex(), flags = '01'] =
    /^[\da-f]{2}-((?!0{32})[\da-f]{32})-(?!0{16})[\da-f]{16}-([\da-f]{2})$/.exec(caller ?? '') ?? [];
  return `00-${traceId}-${randomHex().slice(-16)}-${flags}`;
}

/** 32 digits; a uuid's randomness is drawn ahead, which an invocation need not wait for. */
function randomHex(): string {
  return randomUUID().replaceAll('-', '');
}
