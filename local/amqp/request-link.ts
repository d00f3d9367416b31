// Request and response over two links, as $cbs and $management have it: an answer goes to the link that the request names
// in reply-to, with the request's message id as its correlation id.
import rhea from 'rhea';
import { BrokerError } from '../broker/errors.ts';
import { admit, refuse } from './admit.ts';
import { toAmqpFailure } from './conditions.ts';
import { failure } from './management/answer.ts';
import type { Peer } from './peer.ts';
import { propertyAt } from './property-positions.ts';
import {
  allowedDeliveries,
  type Delivery,
  echoAttach,
  localAttach,
  type Receiver,
  type Sender,
  type Typed,
} from './rhea-internals.ts';
import { listAt } from './section-values.ts';
import { findSections, sectionCodes } from './sections.ts';

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

interface Envelope {
  /** With the type it came in: it goes back as the correlation id. */
  readonly messageId: Typed | undefined;
  readonly replyTo: string;
}

/** A batch to schedule may be as large as a batch that is sent, and says more. */
const maxRequestBytes = 1024 * 1024;
/** Answers that may wait for credit before the link is given up. */
const maxWaitingAnswers = 100;

export function openReplyLink(peer: Peer, link: Sender): void {
  echoAttach(link);
  const names = [link.name, link.target?.address].filter((name) => typeof name === 'string');
  const reply = { link, sent: 0 };
  for (const name of names) peer.replies.set(name, reply);
  link.on('sender_close', () => {
    for (const name of names) if (peer.replies.get(name) === reply) peer.replies.delete(name);
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
  localAttach(link).max_message_size = maxRequestBytes;
  if (!admit(link, check)) return;
  link.on('message', ({ message, delivery }: { message: Buffer; delivery: Delivery }) => {
    try {
      const envelope = readEnvelope(message);
      delivery.accept();
      answer(peer, envelope, respondTo(message, respond)).catch((error: unknown) =>
        console.error('local Service Bus: a request could not be answered.', error),
      );
    } catch (error) {
      delivery.reject(toAmqpFailure(error));
    }
  });
}

function respondTo(message: Buffer, respond: Respond): Promise<Response> {
  try {
    return respond(readRequest(message));
  } catch (error) {
    const description = `The request cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    return Promise.resolve(failure(400, 'com.microsoft:argument-error', description));
  }
}

/** @throws BrokerError: there is nobody to answer */
function readEnvelope(message: Buffer): Envelope {
  if (message.length > maxRequestBytes)
    throw new BrokerError('message-too-large', `A request takes ${maxRequestBytes} bytes.`);
  const fields = listAt(message, findSections(message), sectionCodes.properties);
  const replyTo: unknown = fields[propertyAt.replyTo]?.value;
  if (typeof replyTo !== 'string')
    throw new BrokerError('invalid-argument', 'A request must name the link for its answer in reply-to.');
  const messageId = fields[propertyAt.messageId];
  return { messageId: messageId?.value === null ? undefined : messageId, replyTo };
}

function readRequest(message: Buffer): Request {
  const { application_properties: properties = {}, body } = rhea.message.decode(message) as {
    application_properties?: Record<string, unknown>;
    body?: unknown;
  };
  const { operation } = properties;
  return { operation: typeof operation === 'string' ? operation : '', properties, body: isMap(body) ? body : {} };
}

function isMap(body: unknown): body is Record<string, unknown> {
  return typeof body === 'object' && body !== null;
}

async function answer(peer: Peer, { messageId, replyTo }: Envelope, response: Promise<Response>): Promise<void> {
  const { applicationProperties, body } = await response;
  const reply = peer.replies.get(replyTo);
  if (!reply?.link.is_open()) return;
  if (reply.sent - allowedDeliveries(reply.link) >= maxWaitingAnswers) {
    peer.replies.delete(replyTo);
    return refuse(reply.link, new BrokerError('too-many-readers', 'Too many answers wait for credit on this link.'));
  }
  reply.sent += 1;
  reply.link.send({
    ...(messageId !== undefined && { correlation_id: messageId as unknown as string }),
    application_properties: { ...applicationProperties },
    body,
  });
}
