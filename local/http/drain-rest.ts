// An answer may come before its request was read to the end, as when a body is too large. The rest is still on its way, and
// until it is read the connection serves nobody else [RFC 9112, 9.3].
import type { IncomingMessage, ServerResponse } from 'node:http';

/** What Kestrel grants, which the real host runs with; then the connection is cut. */
const patienceMs = 5_000;

/** Reads what is left of the request once it is answered, and throws it away. */
export function drainRest(request: IncomingMessage, response: ServerResponse): void {
  response.once('finish', () => {
    if (request.complete || request.destroyed) return;
    // Whoever read so far takes no more; a paused reader would keep the rest from flowing.
    request.unpipe();
    for (const event of ['data', 'readable']) request.removeAllListeners(event);
    request.resume();
    const timer = setTimeout(() => request.socket.destroy(), patienceMs);
    request.once('close', () => clearTimeout(timer));
  });
}
