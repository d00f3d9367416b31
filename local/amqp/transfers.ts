// Transfers that come in: rhea collects without end, takes an aborted message for a whole one and cannot resume one.
import { linkAt, type RawLink, type RawSession, type TransferFrame } from './raw-session.ts';
import { Violation } from './violation.ts';

interface ReceivingLink extends RawLink {
  flow(credit: number): void;
  _incomplete?: { settled: boolean; remote_settled: boolean; sizeBytes?: number } | undefined;
  /** The rest of the delivery that is under way is dropped as it comes. */
  isSkipping?: boolean;
}

interface Incoming {
  next_transfer_id: number;
  next_delivery_id: number | undefined;
}

const nothing = Buffer.alloc(0);
/** A message that is too large is read to its end and rejected, so that the link stays; one as large as this ends the link. */
const maxSkippedBytes = 16 * 1024 * 1024;

export function guardTransfers(session: RawSession): void {
  const take = session.on_transfer.bind(session);
  const incoming = session.incoming as unknown as Incoming;
  session.on_transfer = (frame) => {
    const link = linkAt(session, frame.performative.handle) as ReceivingLink;
    checkTransfer(link, frame);
    if (!link.state.local_open || link.isSkipping || frame.performative.aborted) return skip(session, link, frame);
    const sizeBytes = (link._incomplete?.sizeBytes ?? 0) + (frame.payload?.length ?? 0);
    dropSurplus(link, frame, sizeBytes);
    take(frame);
    if (link._incomplete) link._incomplete.sizeBytes = sizeBytes;
    wrapNumbers(link, incoming);
  };
}

function checkTransfer(link: ReceivingLink, { performative }: TransferFrame): void {
  if (!link.is_receiver())
    throw new Violation(
      'amqp:session:errant-link',
      `The link with handle ${performative.handle} sends, the peer receives.`,
    );
  if (link._incomplete || link.isSkipping) return;
  if (performative.delivery_id === undefined)
    throw new Violation('amqp:invalid-field', 'The first transfer of a delivery must say its delivery-id.');
  // Nobody knows the delivery any more: links are not kept beyond their connection.
  if (performative.resume)
    link.close({
      condition: 'amqp:not-implemented',
      description: 'Deliveries cannot be resumed: send the message again.',
    });
}

function dropSurplus(link: ReceivingLink, frame: TransferFrame, sizeBytes: number): void {
  const maxBytes = link.local.attach.max_message_size || Number.POSITIVE_INFINITY;
  const collectedBytes = link._incomplete?.sizeBytes ?? 0;
  if (sizeBytes > maxSkippedBytes && frame.performative.more)
    link.close({
      condition: 'amqp:link:message-size-exceeded',
      description: `The message is larger than the ${maxBytes} bytes that the link takes.`,
    });
  if (link._incomplete ? collectedBytes > maxBytes : !frame.payload) frame.payload = nothing;
  if (link._incomplete && frame.performative.settled) link._incomplete.remote_settled = true;
}

/** Counts it and forgets it; an aborted delivery is settled. [AMQP 1.0 §2.7.5 aborted] */
function skip(session: RawSession, link: ReceivingLink, { performative }: TransferFrame): void {
  const { delivery_id, more, aborted } = performative;
  const incoming = session.incoming as unknown as Incoming;
  incoming.next_transfer_id += 1;
  if (!link._incomplete && !link.isSkipping && delivery_id !== undefined) incoming.next_delivery_id = delivery_id + 1;
  if (link._incomplete) link._incomplete.settled = true;
  link._incomplete = undefined;
  link.isSkipping = Boolean(more) && !aborted;
  if (!link.isSkipping) {
    link.credit -= 1;
    link.delivery_count += 1;
    if (link.state.local_open) link.flow(1);
  }
  wrapNumbers(link, incoming);
  session.connection._register();
}

/** They start again at 0 behind 2^32 - 1, and peers may begin anywhere. [AMQP 1.0 §2.8.10] */
function wrapNumbers(link: ReceivingLink, incoming: Incoming): void {
  link.delivery_count >>>= 0;
  if (incoming.next_delivery_id !== undefined) incoming.next_delivery_id >>>= 0;
}
