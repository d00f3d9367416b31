// A webhook that keeps what it is sent and answers what the test says.
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

export interface WebhookAnswer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

export interface WebhookReceiver {
  readonly url: string;
  /** Deliveries only: handshakes are in `handshakes`. */
  readonly received: Received[];
  readonly handshakes: Received[];
  /** Answers deliveries; undefined never answers. Default: 200. */
  onDelivery: (received: Received) => WebhookAnswer | undefined;
  /** Default: agrees. */
  onHandshake: (received: Received) => WebhookAnswer;
  close(): Promise<void>;
}

export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      const { method = '', url = '', headers } = req;
      const one: Received = { method, url, headers, body: text === '' ? undefined : JSON.parse(text) };
      const isHandshake = method === 'OPTIONS' || headers['aeg-event-type'] === 'SubscriptionValidation';
      (isHandshake ? receiver.handshakes : receiver.received).push(one);
      const answer = isHandshake ? receiver.onHandshake(one) : receiver.onDelivery(one);
      if (answer) res.writeHead(answer.status, answer.headers).end(JSON.stringify(answer.body));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const receiver: WebhookReceiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: [],
    handshakes: [],
    onDelivery: () => ({ status: 200 }),
    onHandshake: agreeToHandshake,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return receiver;
}

export function agreeToHandshake({ method, body }: Received): WebhookAnswer {
  if (method === 'OPTIONS') return { status: 200, headers: { 'webhook-allowed-origin': 'eventgrid.azure.net' } };
  const [event] = body as { data: { validationCode: string } }[];
  return { status: 200, body: { validationResponse: event?.data.validationCode } };
}
