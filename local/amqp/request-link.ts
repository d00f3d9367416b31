// Request and response over two links, as $cbs and $management have it: an answer goes to the link that the request names
// in reply-to, with the request's message id as its correlation id.
import rhea from 'rhea';
import { admit } from './admit.ts';
import type { Peer } from './peer.ts';
import { type Delivery, echoAttach, type Receiver, type Sender } from './rhea-internals.ts';

export interface Request {
  readonly operation: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Response {
  readonly applicationProperties: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

/** Never rejects: a failure is an answer, too. */
export type Respond = (request: Request) => Promise<Response>;

interface RequestMessage {
  readonly message_id?: string | number | Buffer;
  readonly reply_to?: string;
  readonly application_properties?: { readonly operation?: string; readonly [name: string]: unknown };
  readonly body?: unknown;
}

export function openReplyLink(peer: Peer, link: Sender): void {
  echoAttach(link);
  const names = [link.name, link.target?.address].filter((name) => typeof name === 'string');
  for (const name of names) peer.replies.set(name, link);
  link.on('sender_close', () => {
    for (const name of names) if (peer.replies.get(name) === link) peer.replies.delete(name);
  });
}

/** `check` may refuse the link: the entity is not there. */
export function openRequestLink(
  peer: Peer,
  link: Receiver,
  respond: Respond,
  check: () => void = () => undefined,
): void {
  echoAttach(link);
  if (!admit(link, check)) return;
  link.on('message', ({ message, delivery }: { message: Buffer; delivery: Delivery }) => {
    delivery.accept();
    void answer(peer, rhea.message.decode(message) as unknown as RequestMessage, respond);
  });
}

async function answer(peer: Peer, request: RequestMessage, respond: Respond): Promise<void> {
  const properties = request.application_properties ?? {};
  const operation = properties.operation ?? '';
  const body = (request.body ?? {}) as Record<string, unknown>;
  const response = await respond({ operation, properties, body });
  const link = peer.replies.get(request.reply_to ?? '');
  if (!link?.is_open()) return;
  link.send({
    ...(request.message_id !== undefined && { correlation_id: request.message_id }),
    application_properties: response.applicationProperties,
    body: response.body,
  });
}
