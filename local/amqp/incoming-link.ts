// A link on which a client sends: a message is accepted when it is on disk.
import { send, sendableMailbox } from '../broker/operations/send.ts';
import { BrokerError } from '../broker/errors.ts';
import { limits } from '../broker/limits.ts';
import { admit } from './admit.ts';
import { toAmqpFailure } from './conditions.ts';
import type { DurableBroker } from './durable-broker.ts';
import { decodeBatch, decodeSending } from './message-codec.ts';
import { batchFormat, type Delivery, echoAttach, formatOf, localAttach, type Receiver } from './rhea-internals.ts';

export function openIncomingLink(broker: DurableBroker, link: Receiver, path: string): void {
  echoAttach(link);
  localAttach(link).max_message_size = limits.maxMessageSizeBytes;
  if (!admit(link, () => broker.look((state) => sendableMailbox(state, path)))) return;
  link.on('message', ({ message, delivery }: { message: Buffer; delivery: Delivery }) => {
    accept(broker, path, message, formatOf(delivery)).then(
      () => delivery.accept(),
      (error: unknown) => delivery.reject(toAmqpFailure(error)),
    );
  });
}

async function accept(broker: DurableBroker, path: string, encoded: Buffer, format: number): Promise<void> {
  if (encoded.length > limits.maxMessageSizeBytes)
    throw new BrokerError(
      'message-too-large',
      `The transfer of ${encoded.length} bytes is larger than the ${limits.maxMessageSizeBytes} that '${path}' takes, properties included.`,
    );
  const sendings = format === batchFormat ? decodeBatch(encoded) : [decodeSending(encoded)];
  await broker.run((state, turn) => send(state, turn, path, sendings));
}
