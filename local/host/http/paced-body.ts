// A streamed reply at the pace of its reader. The library writes without waiting for the socket: gigabytes would pile up
// in memory. And it does not notice a reader that leaves: the handler's stream would run on for ever.
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { ReadableStream as WebStream } from 'node:stream/web';
import type { ReadableStream } from 'node:stream/web';

/** A handler's value with its streamed body, if it has one, bound to the response it goes to. */
export function pacedBy(response: ServerResponse, raw: unknown): unknown {
  const reply = raw as Reply | null | undefined;
  if (typeof reply !== 'object' || reply === null || reply.jsonBody !== undefined) return raw;
  const source = toReadable(reply.body);
  if (!source) return raw;
  const { status, headers, cookies, enableContentNegotiation } = reply;
  return { status, headers, cookies, enableContentNegotiation, body: paced(source, response) };
}

interface Reply {
  readonly status?: number;
  readonly headers?: unknown;
  readonly cookies?: unknown;
  readonly enableContentNegotiation?: boolean;
  readonly body?: unknown;
  readonly jsonBody?: unknown;
}

function toReadable(body: unknown): Readable | undefined {
  if (body instanceof Readable) return body;
  if (body instanceof WebStream) return Readable.fromWeb(body as ReadableStream<Uint8Array>);
  if (typeof body !== 'object' || body === null || !(Symbol.asyncIterator in body)) return undefined;
  return Readable.from(body as AsyncIterable<unknown>, { objectMode: false });
}

/**
 * Differs from Azure: there a handler's stream is read to its end after the caller has gone; here it is destroyed,
 * so that a generator's `finally` runs.
 */
async function* paced(source: Readable, response: ServerResponse): AsyncGenerator {
  const stop = () => void source.destroy();
  response.once('close', stop);
  try {
    for await (const chunk of source) {
      yield chunk;
      if (response.writableNeedDrain && !response.destroyed) await drained(response);
    }
  } catch (error) {
    if (!response.destroyed) throw error;
  } finally {
    response.off('close', stop);
  }
}

async function drained(response: ServerResponse): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  response.once('drain', resolve).once('close', resolve);
  await promise;
  response.off('drain', resolve).off('close', resolve);
}
