// `/runtime/webhooks/durabletask/…`, the management API of Durable Functions, is answered by the task hub. While the hub
// starts anew the call waits a little: as long as its own connection is refused, nothing of it has been delivered.
import { request as httpRequest, Agent, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { hubPath } from '../../durable-protocol/work.ts';
import { readBody } from './http-trigger.ts';
import { requestOrigin } from './request-url.ts';

export const durablePrefix = '/runtime/webhooks/durabletask';
const maxBodyBytes = 16 * 1024 * 1024;
const patienceMs = 5_000;
/** A kept connection that breaks would leave open whether the hub has seen the call. */
const agent = new Agent({ keepAlive: false });

/** Where a host's task hub is, and its name. */
export interface TaskHubAddress {
  readonly url: string;
  readonly name: string;
}

export async function proxyToTaskHub(
  taskHub: TaskHubAddress,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request, maxBodyBytes);
  if (!body) return void response.writeHead(413).end();
  const deadline = Date.now() + patienceMs;
  for (;;) {
    try {
      return await forward(taskHub, request, body, response);
    } catch (error) {
      if (response.headersSent) return void response.destroy();
      const undelivered = (error as NodeJS.ErrnoException).code === 'ECONNREFUSED' || request.method === 'GET';
      if (!undelivered || response.destroyed || Date.now() >= deadline)
        return void response
          .writeHead(503, { 'content-type': 'text/plain', 'retry-after': '1' })
          .end(`The task hub at ${taskHub.url} does not answer: ${(error as Error).message}`);
      await delay(100);
    }
  }
}

function forward(taskHub: TaskHubAddress, from: IncomingMessage, body: Buffer, to: ServerResponse): Promise<void> {
  const { proto, host } = requestOrigin(from);
  const path = `${hubPath(taskHub.name)}/webhooks${(from.url ?? '').slice(durablePrefix.length)}`;
  const { connection: _, 'transfer-encoding': __, ...headers } = from.headers;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const upstream = httpRequest(new URL(path, taskHub.url), {
    method: from.method,
    agent,
    headers: { ...headers, 'content-length': body.length, 'x-forwarded-proto': proto, 'x-forwarded-host': host },
  });
  upstream.on('error', reject);
  upstream.on('response', (reply) => {
    const { connection: ___, 'keep-alive': ____, 'transfer-encoding': _____, ...replyHeaders } = reply.headers;
    to.writeHead(reply.statusCode ?? 502, replyHeaders);
    reply.on('error', reject);
    reply.pipe(to).on('finish', resolve).on('error', reject);
  });
  to.once('close', () => upstream.destroy());
  upstream.end(body);
  return promise;
}
