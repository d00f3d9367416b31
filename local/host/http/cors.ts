// Cross-origin calls from a browser, as local.settings.json's Host.CORS allows them.
import type { IncomingMessage, ServerResponse } from 'node:http';

export interface CorsRules {
  readonly corsOrigins: readonly string[];
  readonly corsCredentials: boolean;
}

/** Sets the headers an allowed origin needs; true when the request was a preflight and is answered. */
export function applyCors(rules: CorsRules, request: IncomingMessage, response: ServerResponse): boolean {
  const { origin } = request.headers;
  if (!origin || rules.corsOrigins.length === 0) return false;
  const any = rules.corsOrigins.includes('*');
  if (!any && !rules.corsOrigins.includes(origin)) return false;
  response.setHeader('access-control-allow-origin', any && !rules.corsCredentials ? '*' : origin);
  if (!any || rules.corsCredentials) response.setHeader('vary', 'origin');
  if (rules.corsCredentials) response.setHeader('access-control-allow-credentials', 'true');
  const method = request.headers['access-control-request-method'];
  if (request.method !== 'OPTIONS' || !method) return false;
  response.setHeader('access-control-allow-methods', method);
  const headers = request.headers['access-control-request-headers'];
  if (headers) response.setHeader('access-control-allow-headers', headers);
  response.writeHead(204).end();
  return true;
}
