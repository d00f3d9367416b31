// Sends what the outbox has, each message by the broker it is meant for.
import type { MessageSender } from '../../kernel/outbox.ts';
import { claims } from '../blobs/claims.ts';
import { guards } from '../resilience/guards.ts';
import { hub } from './event-hubs.ts';
import { hubOutboxSender } from './hub-outbox-sender.ts';
import { sender } from './service-bus.ts';
import { busOutboxSender } from './service-bus-sender.ts';

const overBus = busOutboxSender(sender, claims);
const overHub = hubOutboxSender(hub, guards['event-hubs'], claims);

export const outboxSender: MessageSender = {
  send: (destination, messages) =>
    (messages[0]?.transport === 'event-hubs' ? overHub : overBus).send(destination, messages),
};
