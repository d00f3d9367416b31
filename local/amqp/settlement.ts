// The outcomes a receiver gives on its link, and the answer to each once it is on disk.
import rhea from 'rhea';
import type { Broker } from '../broker/entities/broker.ts';
import type { PropertyValue } from '../broker/entities/definitions.ts';
import { abandon, takeBack } from '../broker/operations/abandon.ts';
import { complete } from '../broker/operations/complete.ts';
import { deadLetterMessage } from '../broker/operations/dead-letter.ts';
import { defer } from '../broker/operations/defer.ts';
import type { Turn } from '../broker/turn.ts';
import { toAmqpFailure } from './conditions.ts';
import type { DurableBroker } from './durable-broker.ts';
import { deliveryTagToToken } from './lock-token.ts';
import { toProperties } from './message-codec.ts';
import { type Delivery, type Sender, settleDelivery } from './rhea-internals.ts';

interface Outcome {
  readonly undeliverable_here?: boolean;
  readonly message_annotations?: unknown;
  readonly error?: { readonly info?: unknown };
}

type Settle = (state: Broker, turn: Turn, path: string, token: string, outcome: Outcome) => void;

const settlements: Readonly<Record<string, Settle>> = {
  accepted: complete,
  released: (state, turn, path, token) => takeBack(state, turn, path, token),
  modified(state, turn, path, token, outcome) {
    const settle = outcome.undeliverable_here ? defer : abandon;
    settle(state, turn, path, token, toProperties(outcome.message_annotations));
  },
  rejected(state, turn, path, token, outcome) {
    const { DeadLetterReason, DeadLetterErrorDescription, ...changed } = toProperties(outcome.error?.info);
    deadLetterMessage(state, turn, path, token, {
      reason: textOf(DeadLetterReason),
      description: textOf(DeadLetterErrorDescription),
      changed,
    });
  },
};

export function settleBy(given: { broker: DurableBroker; link: Sender; path: string }): void {
  const { broker, link, path } = given;
  for (const [event, settle] of Object.entries(settlements)) {
    link.on(event, ({ delivery }: { delivery: Delivery }) => {
      if (delivery.settled) return;
      const token = deliveryTagToToken(delivery.tag as Buffer);
      const outcome = (delivery.remote_state ?? {}) as Outcome;
      broker
        .run((state, turn) => settle(state, turn, path, token, outcome))
        .then(
          () => settleDelivery(delivery, accepted),
          (error: unknown) => settleDelivery(delivery, rejected(toAmqpFailure(error))),
        );
    });
  }
}

const { message } = rhea as unknown as {
  message: Record<'accepted' | 'rejected', (fields?: unknown) => { described(): unknown }>;
};

const accepted = message.accepted().described();

function rejected({ condition, description }: { condition: string; description: string }): unknown {
  return message.rejected({ error: { condition, description } }).described();
}

function textOf(value: PropertyValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
