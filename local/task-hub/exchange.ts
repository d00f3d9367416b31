// One HTTP exchange with the task hub as data: the request read whole, the answer described.
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';

export interface HubRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; undefined: no body. */
  readonly body?: unknown;
}

/** Inputs and results of activities pass here; what is larger belongs into a blob. */
const largestBodyBytes = 64 * 1024 * 1024;

export class RefusedRequest extends Error {
  override readonly name = 'RefusedRequest';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** @throws {RefusedRequest} 413 above 64 MB, 400 when the address is none */
export async function readRequest(req: IncomingMessage): Promise<HubRequest> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > largestBodyBytes) throw new RefusedRequest(413, 'A body may have 64 MB at most.');
    chunks.push(chunk);
  }
  const url = urlOf(req);
  const body = Buffer.concat(chunks).toString('utf8');
  return { method: req.method ?? 'GET', url, headers: req.headers, body };
}

/** @throws {RefusedRequest} 400 when the address is none */
export function urlOf(req: IncomingMessage): URL {
  const url = URL.parse(req.url ?? '/', 'http://localhost');
  if (!url) throw new RefusedRequest(400, `${req.url} is no address.`);
  return url;
}

export function sendAnswer(res: ServerResponse, { status, headers, body }: Answer): void {
  const text = body === undefined ? '' : JSON.stringify(body);
  res.writeHead(status, {
    ...(text !== '' && { 'content-type': 'application/json; charset=utf-8' }),
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  res.end(text);
}

/** As the Durable extension words its refusals. */
export function refusal(status: number, message: string): Answer {
  return { status, body: { Message: message } };
}
