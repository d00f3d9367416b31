// context.df.callHttp: an activity of the host's own, so that a call is made again when its host dies (at least once, as on
// Azure). Whatever is answered is a result; that nothing is answered is a failure.
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type ActivityOutcome, type ActivityWork, httpActivity } from '../../durable-protocol/work.ts';
import type { HttpRequest } from './durable-actions.ts';
import { activityFailure } from './run-activity.ts';

/** .NET's. */
const timeoutMs = 100_000;
const mostRedirects = 50;
const largestBodyBytes = 16 * 1024 * 1024;

export async function runHttp({ input }: ActivityWork): Promise<ActivityOutcome> {
  const request = JSON.parse(input) as HttpRequest;
  try {
    if (request.tokenSource)
      throw new Error('tokenSource is not served by the local host, which has no identity: leave it out here.');
    const result = JSON.stringify(await exchange(request, AbortSignal.timeout(timeoutMs)));
    return { kind: 'completed', result };
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    return activityFailure(httpActivity, `${request.method} ${request.uri}: ${message || code}`);
  }
}

/** DurableHttpResponse; the names of headers are as they came. */
interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly content: string;
}

async function exchange(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
  let { method, uri, content } = request;
  for (let redirects = 0; ; redirects++) {
    const response = await send({ ...request, method, uri, ...(content !== undefined && { content }) }, signal);
    const statusCode = response.statusCode ?? 0;
    const { location } = response.headers;
    if (![301, 302, 303, 307, 308].includes(statusCode) || !location || redirects === mostRedirects)
      return { statusCode, headers: headersOf(response), content: await bodyOf(response) };
    response.resume();
    uri = new URL(location, uri).href;
    if (statusCode === 307 || statusCode === 308 || method === 'GET' || method === 'HEAD') continue;
    method = 'GET';
    content = undefined;
  }
}

function send({ method, uri, headers, content }: HttpRequest, signal: AbortSignal): Promise<IncomingMessage> {
  const url = new URL(uri);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new Error('only http: and https: can be called');
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const make = url.protocol === 'http:' ? httpRequest : httpsRequest;
  const outgoing = make(url, { method, headers: { ...headers }, signal, agent: false }, resolve);
  outgoing.once('error', reject);
  outgoing.end(content);
  return promise;
}

function headersOf({ rawHeaders }: IncomingMessage): HttpAnswer['headers'] {
  const headers: Record<string, string | string[]> = {};
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2);
    const before = headers[name];
    headers[name] = before === undefined ? value : [before, value].flat();
  }
  return headers;
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > largestBodyBytes) throw new Error('the answer is larger than 16 MB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
