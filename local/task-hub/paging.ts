// What queries over instances and over entities have in common: pages, and times.
import type { IncomingHttpHeaders } from 'node:http';
import { RefusedRequest } from './exchange.ts';

export const continuationHeader = 'x-ms-continuation-token';
const defaultPageSize = 100;

export function pageSizeOf(query: URLSearchParams): number {
  return Number(query.get('top') ?? 0) || defaultPageSize;
}

/** The id after which the page begins; undefined: at the beginning. */
export function decodeToken(headers: IncomingHttpHeaders): string | undefined {
  const token = headers[continuationHeader];
  return typeof token === 'string' && token !== '' ? Buffer.from(token, 'base64').toString() : undefined;
}

export function encodeToken(lastId: string): string {
  return Buffer.from(lastId).toString('base64');
}

/** @throws {RefusedRequest} naming the parameter that cannot be read */
export function timeOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (!text) return undefined;
  const atMs = Date.parse(text);
  if (Number.isNaN(atMs)) throw new RefusedRequest(400, `${name} '${text}' is no ISO 8601 time.`);
  return atMs;
}
