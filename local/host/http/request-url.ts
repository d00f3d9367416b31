// The address the caller used, behind the supervisor's front too.
import type { IncomingMessage } from 'node:http';

export function requestOrigin(request: IncomingMessage): { proto: string; host: string } {
  return {
    proto: firstOf(request.headers['x-forwarded-proto']) ?? 'http',
    host: firstOf(request.headers['x-forwarded-host']) ?? request.headers.host ?? 'localhost',
  };
}

export function requestUrl(request: IncomingMessage): string {
  const { proto, host } = requestOrigin(request);
  return `${proto}://${host}${request.url ?? '/'}`;
}

function firstOf(header: string | string[] | undefined): string | undefined {
  const text = Array.isArray(header) ? header[0] : header;
  return text?.split(',')[0]?.trim() || undefined;
}
