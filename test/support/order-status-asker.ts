// Asks GetOrderStatus over the running Service Bus as another system would, and waits for replies in a session of its own.
import { randomUUID } from 'node:crypto';
import {
  ServiceBusClient,
  type ServiceBusMessage,
  type ServiceBusReceivedMessage,
  type ServiceBusSessionReceiver,
} from '@azure/service-bus';
import { toMessage } from '../../shared/contracts/contract.ts';
import { getOrderStatus, orderStatus } from '../../shared/contracts/orders.ts';
import { problem } from '../../shared/contracts/problem.ts';
import { type CloudEvent, parseCloudEvent } from '../../shared/kernel/cloud-event.ts';
import { queues } from '../../shared/kernel/topology.ts';
import type { LocalAzure } from './local-azure.ts';

/** A client of the Service Bus this local Azure listens at; whoever asked for it closes it. */
export function busClient(azure: LocalAzure): ServiceBusClient {
  const host = /sb:\/\/(\S+)/.exec(azure.output())?.[1];
  if (host === undefined) throw new Error('it did not print where Service Bus listens');
  const access = 'SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE';
  return new ServiceBusClient(`Endpoint=sb://${host};${access};UseDevelopmentEmulator=true;`);
}

/** A query as a message. `data` may be anything, to see what is made of it. */
export function statusQuery(
  sessionId: string,
  { data, ...more }: { readonly data?: unknown; readonly expiresAt?: string; readonly orderId?: string },
): ServiceBusMessage & { readonly messageId: string } {
  const messageId = randomUUID();
  const { orderId = 'none', expiresAt = new Date(Date.now() + 30_000).toISOString() } = more;
  const asked = (data ?? { orderId, expiresAt }) as { orderId: string; expiresAt: string };
  const { body, label } = toMessage(getOrderStatus, {
    id: messageId,
    subject: orderId,
    time: new Date().toISOString(),
    data: asked,
  });
  return {
    messageId,
    body: Buffer.from(body),
    subject: label,
    contentType: 'application/cloudevents+json',
    replyTo: queues.orderReplies,
    replyToSessionId: sessionId,
  };
}

export interface StatusReply {
  readonly message: ServiceBusReceivedMessage;
  readonly event: CloudEvent;
}

export class OrderStatusAsker implements AsyncDisposable {
  readonly sessionId = `asker-${randomUUID()}`;
  readonly #client: ServiceBusClient;
  #receiver: ServiceBusSessionReceiver | undefined;

  constructor(client: ServiceBusClient) {
    this.#client = client;
  }

  /** Sends the query without waiting for anything. */
  async send(query: ServiceBusMessage): Promise<void> {
    const sender = this.#client.createSender(queues.orderQueries);
    await sender.sendMessages(query);
    await sender.close();
  }

  /** The reply to this query; replies to others stay locked. */
  async ask(query: ServiceBusMessage): Promise<StatusReply> {
    await this.send(query);
    const receiver = (this.#receiver ??= await this.#client.acceptSession(queues.orderReplies, this.sessionId, {
      skipParsingBodyAsJson: true,
    }));
    const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 20_000 });
    if (message === undefined) throw new Error('no reply came');
    await receiver.completeMessage(message);
    return { message, event: parseCloudEvent(message.body as Buffer, [orderStatus, problem]) };
  }

  async [Symbol.asyncDispose]() {
    await this.#receiver?.close();
  }
}
