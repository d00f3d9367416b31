// Every port made real, once a process, from the settings.
import { setTimeout as wait } from 'node:timers/promises';
import type { ContactStore } from '../contacts/contact.ts';
import type { ProductStore } from '../catalogue/product.ts';
import type { StockStore } from '../inventory/stock-store.ts';
import { toAppError } from '../kernel/errors.ts';
import { readSettings, type Settings } from '../kernel/settings.ts';
import { containers, hubs, storageQueues, tables } from '../kernel/topology.ts';
import type { Mailer } from '../mail/mailer.ts';
import type { OrderChangePorts } from '../orders/append-events.ts';
import type { OrdersByCustomer } from '../orders/orders-by-customer.ts';
import { type MessageSender, type Outbox, publishOutbox } from '../kernel/outbox.ts';
import type { PaymentProvider } from '../payments/payment-provider.ts';
import type { Carrier } from '../shipping/carrier.ts';
import type { VideoEngine } from '../videos/video-engine.ts';
import type { PartStore, VideoFiles, VideoStore } from '../videos/video-store.ts';
import type { TelemetryStore } from '../telemetry/telemetry-store.ts';
import { type BlobAddresses, blobAddresses } from './blob-addresses.ts';
import { type BlobClaimStore, blobClaimStore } from './blob-claim-check.ts';
import { blobQuarantine, type Quarantine } from './blob-quarantine.ts';
import { blobVideoFiles } from './blob-video-files.ts';
import { communicationMailer } from './communication-mailer.ts';
import { connect, type Connections } from './connections.ts';
import { type EventPublisher, eventGridPublisher } from './event-grid-publisher.ts';
import { httpCarrier } from './http-carrier.ts';
import { hubReadings, type ReadingSender } from './hub-readings.ts';
import { queueOutboxHints } from './queue-outbox-hints.ts';
import { createGuards, type Guards } from './resilience/guard.ts';
import { outboxSender, type RawSender, serviceBusSender } from './service-bus-sender.ts';
import { stripePaymentProvider } from './stripe-payment-provider.ts';
import { tableContactStore } from './table-contact-store.ts';
import { tableOrderStore } from './table-order-store.ts';
import { tableOrdersByCustomer } from './table-orders-by-customer.ts';
import { tableOutbox } from './table-outbox.ts';
import { tablePartStore } from './table-part-store.ts';
import { tableProductStore } from './table-product-store.ts';
import { tableStockStore } from './table-stock-store.ts';
import { tableTelemetryStore } from './table-telemetry-store.ts';
import { tableVideoStore } from './table-video-store.ts';
import { nodeAvEngine } from './video-engine/node-av-engine.ts';

export interface Ports {
  readonly settings: Settings;
  readonly guards: Guards;
  readonly connections: Connections;
  readonly orderChanges: OrderChangePorts;
  readonly ordersByCustomer: OrdersByCustomer;
  readonly outbox: Outbox;
  readonly outboxSender: MessageSender;
  readonly sender: RawSender;
  readonly claims: BlobClaimStore;
  readonly contacts: ContactStore;
  readonly products: ProductStore;
  readonly stock: StockStore;
  readonly payments: PaymentProvider;
  readonly carrier: Carrier;
  readonly mailer: Mailer;
  readonly telemetry: TelemetryStore;
  readonly readings: ReadingSender;
  readonly quarantine: Quarantine;
  readonly videos: VideoStore;
  readonly videoParts: PartStore;
  readonly files: VideoFiles;
  readonly addresses: BlobAddresses;
  readonly engine: VideoEngine;
  readonly events: EventPublisher;
}

let built: Ports | undefined;

/** @throws Error that names every missing setting */
export function ports(): Ports {
  return (built ??= build(readSettings(process.env), createGuards()));
}

/** Every port on its guards: no call to a dependency goes without. */
export function build(settings: Settings, guards: Guards): Ports {
  const connections = connect(settings, guards);
  const outbox = tableOutbox(connections.table(tables.orders));
  const sender = serviceBusSender(connections.serviceBus, guards['service-bus']);
  const claims = blobClaimStore(connections.blobs.getContainerClient(containers.claimChecks));
  const messages = outboxSender(sender, claims);
  const hints = queueOutboxHints(connections.queue(storageQueues.outboxHints));
  return {
    settings,
    guards,
    connections,
    orderChanges: {
      orders: tableOrderStore(connections.table(tables.orders), claims),
      leaveHint: (orderId) => hints.leave(orderId),
      publish: async (orderId) => {
        try {
          await publishOutbox(outbox, messages, orderId);
        } catch (error) {
          console.warn(`outbox of order ${orderId} is left to its hint: ${toAppError(error).message}`);
        }
      },
      now: Date.now,
    },
    ordersByCustomer: tableOrdersByCustomer(connections.table(tables.ordersByCustomer)),
    outbox,
    outboxSender: messages,
    sender,
    claims,
    contacts: tableContactStore(connections.table(tables.contacts)),
    products: tableProductStore(connections.table(tables.products)),
    stock: tableStockStore(connections.table(tables.stock), Math.random, wait),
    payments: stripePaymentProvider({ url: settings.PAYMENTS_URL, key: settings.PAYMENTS_KEY, guard: guards.payments }),
    carrier: httpCarrier(settings.CARRIER_URL, guards.carrier),
    mailer: communicationMailer({
      connection: settings.MAIL_CONNECTION,
      sender: settings.MAIL_SENDER,
      guard: guards.mail,
    }),
    telemetry: tableTelemetryStore(connections.table(tables.telemetry), Math.random, wait),
    readings: hubReadings(connections.hub(hubs.telemetry), guards['event-hubs']),
    quarantine: blobQuarantine(connections.blobs.getContainerClient(containers.quarantine)),
    videos: tableVideoStore(connections.table(tables.videos)),
    videoParts: tablePartStore(connections.table(tables.videos)),
    files: blobVideoFiles(connections.blobs),
    addresses: blobAddresses(connections.blobs, Date.now),
    engine: nodeAvEngine(),
    events: eventGridPublisher(connections.eventGrid),
  };
}
