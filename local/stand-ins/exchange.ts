// One HTTP exchange with a stand-in as data: the request read whole, the answer described and sent later (or never: faults.ts).
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';

export interface StandInRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** Answers a request; what it changes is on disk when the promise resolves. */
export type StandIn = (request: StandInRequest) => Promise<Answer>;

/** A mail with attachments may have 10 MB at Azure; nothing here is larger. */
const largestBodyBytes = 10 * 1024 * 1024;

/** @throws BodyTooLarge above 10 MB. */
export async function readRequest(req: IncomingMessage): Promise<StandInRequest> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    // Read to its end all the same: a client that still sends would not see the answer.
    if (sizeBytes <= largestBodyBytes) chunks.push(chunk);
  }
  if (sizeBytes > largestBodyBytes) throw new BodyTooLarge();
  return {
    method: req.method ?? 'GET',
    url: new URL(req.url ?? '/', `http://${req.headers.host ?? 'localhost'}`),
    headers: req.headers,
    body: Buffer.concat(chunks).toString('utf8'),
  };
}

export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
}

export function sendAnswer(res: ServerResponse, answer: Answer): void {
  const body = answer.body === undefined ? '' : JSON.stringify(answer.body);
  res.writeHead(answer.status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    ...answer.headers,
  });
  res.end(body);
}

/** RFC 9457. */
export function problem(status: number, title: string, detail: string, extra: Record<string, unknown> = {}): Answer {
  return { status, headers: { 'content-type': 'application/problem+json' }, body: { title, status, detail, ...extra } };
}

/** The JSON object in a body, or undefined when it is none. */
export function jsonObject(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
