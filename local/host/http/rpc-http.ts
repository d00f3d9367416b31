// Requests and replies in the worker protocol's shape, for apps that do not stream: whole bodies.
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { HttpCookie, HttpData, TypedData } from '../function-app.ts';
import { requestUrl } from './request-url.ts';

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'content-length',
]);

export function toRpcRequest(
  request: IncomingMessage,
  body: Uint8Array,
  parameters: Readonly<Record<string, string>>,
): TypedData {
  return {
    http: {
      method: request.method ?? 'GET',
      url: requestUrl(request),
      nullableHeaders: nullable(flatHeaders(request)),
      nullableParams: nullable(parameters),
      ...(body.length > 0 && { body: { bytes: body } }),
    },
  };
}

/** One text a header, as the protocol's map has it. */
export function flatHeaders(request: IncomingMessage): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value;
  return flat;
}

function nullable(values: Readonly<Record<string, string>>): Record<string, { value: string }> {
  const wrapped: Record<string, { value: string }> = {};
  for (const [name, value] of Object.entries(values)) wrapped[name] = { value };
  return wrapped;
}

/** Nothing returned is 204, as in Azure since version 2. */
export function writeRpcReply(reply: TypedData | undefined, response: ServerResponse): void {
  const data: HttpData = reply && 'http' in reply ? reply.http : { statusCode: '204' };
  const headers: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(data.headers ?? {}))
    if (!hopByHop.has(name.toLowerCase())) headers[name] = value;
  const cookies = (data.cookies ?? []).map(serializeCookie);
  if (cookies.length > 0) headers['set-cookie'] = cookies;
  const body = bytesOf(data.body);
  const status = Number(data.statusCode ?? 200);
  if (status !== 204 && status !== 304) headers['content-length'] = body.length;
  response.writeHead(status, headers).end(body);
}

function bytesOf(body: TypedData | null | undefined): Uint8Array {
  if (!body) return new Uint8Array();
  if ('bytes' in body) return body.bytes;
  if ('string' in body) return Buffer.from(body.string);
  return Buffer.from('json' in body ? body.json : '');
}

function serializeCookie(cookie: HttpCookie): string {
  const parts = [`${cookie.name}=${encodeURIComponent(cookie.value)}`];
  if (cookie.maxAge) parts.push(`Max-Age=${Math.floor(cookie.maxAge.value)}`);
  if (cookie.domain) parts.push(`Domain=${cookie.domain.value}`);
  if (cookie.path) parts.push(`Path=${cookie.path.value}`);
  if (cookie.expires) parts.push(`Expires=${new Date(cookie.expires.value.seconds * 1000).toUTCString()}`);
  if (cookie.httpOnly?.value) parts.push('HttpOnly');
  if (cookie.secure?.value) parts.push('Secure');
  const sameSite = { lax: 'Lax', strict: 'Strict', explicitNone: 'None', none: undefined }[cookie.sameSite ?? 'none'];
  if (sameSite) parts.push(`SameSite=${sameSite}`);
  return parts.join('; ');
}
