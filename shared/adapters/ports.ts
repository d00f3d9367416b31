// Every port made real, once a process, from the settings.
import { setTimeout as wait } from 'node:timers/promises';
import type { ContactStore } from '../contacts/contact.ts';
import type { ProductStore } from '../catalogue/product.ts';
import type { DeadLetterStore } from '../dead-letters/dead-letter-store.ts';
import type { StockStore } from '../inventory/stock-store.ts';
import type { CloudEvent } from '../kernel/cloud-event.ts';
import { toAppError } from '../kernel/errors.ts';
import { readSettings, type Settings } from '../kernel/settings.ts';
import type { RequestClaims } from '../kernel/request-claims.ts';
import { containers, hubs, storageQueues, tables } from '../kernel/topology.ts';
import type { Mailer } from '../mail/mailer.ts';
import type { OrderChangePorts } from '../orders/append-events.ts';
import type { KitchenTickets } from '../orders/kitchen-tickets.ts';
import type { OrdersByCustomer } from '../orders/orders-by-customer.ts';
import { type MessageSender, type Outbox, publishOutbox } from '../kernel/outbox.ts';
import type { AlertWish } from '../operations/alert.ts';
import type { TaskWish } from '../operations/operator-task.ts';
import { type AlertPorts, raiseAlert } from '../operations/raise-alert.ts';
import { raiseTask } from '../operations/raise-task.ts';
import type { TaskStore } from '../operations/task-store.ts';
import type { ProjectionStore, RebuildPorts } from '../projections/rebuild.ts';
import type { DailySales } from '../sales/daily-sales.ts';
import type { PaymentEvents, PaymentProvider } from '../payments/payment-provider.ts';
import type { Carrier } from '../shipping/carrier.ts';
import type { PostToWebhook, WebhookStore } from '../webhooks/webhook.ts';
import type { VideoEngine } from '../videos/video-engine.ts';
import type { PartStore, VideoFiles, VideoStore } from '../videos/video-store.ts';
import type { TelemetryStore } from '../telemetry/telemetry-store.ts';
import { type BlobAddresses, blobAddresses } from './blobs/addresses.ts';
import { type BlobClaimStore, blobClaimStore } from './blobs/claim-check.ts';
import { blobImportFiles } from './blobs/import-files.ts';
import { blobQuarantine, type Quarantine } from './blobs/quarantine.ts';
import { blobVideoFiles } from './blobs/video-files.ts';
import { communicationMailer } from './communication-mailer.ts';
import { connect, type Connections } from './connections.ts';
import { type EventPublisher, eventGridPublisher } from './messaging/event-grid-publisher.ts';
import { checkWebhookAddress, httpsWebhook } from './webhooks/https-webhook.ts';
import { httpCarrier } from './http-carrier.ts';
import { hubOutboxSender } from './messaging/hub-outbox-sender.ts';
import { hubPositions, type HubPositions, checkpointContainer } from './messaging/hub-positions.ts';
import { hubReadings, type ReadingSender } from './messaging/hub-readings.ts';
import { publishBehind } from './messaging/publish-behind.ts';
import { queueOutboxHints } from './messaging/outbox-hints.ts';
import { createGuards, type Guards } from './resilience/guard.ts';
import { outboxSender, type RawSender, serviceBusSender } from './messaging/service-bus-sender.ts';
import { stripePaymentEvents } from './payments/stripe-payment-events.ts';
import { stripePaymentProvider } from './payments/stripe-payment-provider.ts';
import { tableContactStore } from './tables/contact-store.ts';
import { tableAlerts } from './tables/alerts.ts';
import { type BatchStops, tableBatchStops } from './tables/batch-stops.ts';
import { tableOperatorTasks } from './tables/operator-tasks.ts';
import { tableKitchenTickets } from './tables/kitchen-tickets.ts';
import { tableDailySales } from './tables/daily-sales.ts';
import { tableDeadLetters } from './tables/dead-letters.ts';
import { tableOrderIds } from './tables/order-ids.ts';
import { tableProjections } from './tables/projections.ts';
import { tableOrderStore } from './tables/order-store.ts';
import { tableOrdersByCustomer } from './tables/orders-by-customer.ts';
import { tableOutbox } from './tables/outbox.ts';
import { tablePartStore } from './tables/part-store.ts';
import { tableRequestClaims } from './tables/request-claims.ts';
import { tableProductStore } from './tables/product-store.ts';
import { type SignalStore, tableSignals } from './tables/signals.ts';
import { tableStockStore } from './tables/stock-store.ts';
import { tableTelemetryStore } from './tables/telemetry-store.ts';
import { tableVideoStore } from './tables/video-store.ts';
import { tableWebhooks } from './tables/webhooks.ts';
import { nodeAvEngine } from './video-engine/node-av-engine.ts';

export interface Ports {
  readonly settings: Settings;
  readonly guards: Guards;
  readonly connections: Connections;
  readonly orderChanges: OrderChangePorts;
  readonly ordersByCustomer: OrdersByCustomer;
  readonly dailySales: DailySales;
  readonly projections: ProjectionStore;
  readonly orderIds: RebuildPorts['orderIds'];
  readonly outbox: Outbox;
  readonly outboxSender: MessageSender;
  readonly sender: RawSender;
  readonly claims: BlobClaimStore;
  readonly requestClaims: RequestClaims;
  readonly contacts: ContactStore;
  readonly products: ProductStore;
  readonly stock: StockStore;
  readonly payments: PaymentProvider;
  readonly paymentEvents: PaymentEvents;
  readonly carrier: Carrier;
  readonly kitchenTickets: KitchenTickets;
  readonly importFiles: ReturnType<typeof blobImportFiles>;
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
  readonly deadLetters: DeadLetterStore;
  readonly batchStops: BatchStops;
  readonly tasks: TaskStore;
  /** The same wish twice is one task. @throws AppError storage-unavailable, events-unavailable: raise it again */
  readonly raiseTask: (wish: TaskWish) => Promise<void>;
  readonly webhooks: WebhookStore;
  /** @throws AppError webhook-not-allowed */
  readonly checkWebhookAddress: (url: string) => Promise<void>;
  readonly postToWebhook: PostToWebhook;
  readonly signals: SignalStore;
  readonly hubPositions: HubPositions;
  readonly alerting: AlertPorts;
  /** Raised once until it is cleared. @throws AppError storage-unavailable, concurrent-change, events-unavailable: raise it again */
  readonly raiseAlert: (wish: AlertWish) => Promise<void>;
}

/** A host that dies with a request keeps its repeat waiting for so long. */
const requestLeaseMs = 10_000;

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
  const serviceBusMessages = outboxSender(sender, claims);
  const hubMessages = hubOutboxSender((name) => connections.hub(name), guards['event-hubs'], claims);
  const messages: MessageSender = {
    send: (destination, list) =>
      (list[0]?.transport === 'event-hubs' ? hubMessages : serviceBusMessages).send(destination, list),
  };
  const hints = queueOutboxHints(connections.queue(storageQueues.outboxHints));
  const events = eventGridPublisher(connections.eventGrid);
  const tasks = tableOperatorTasks(connections.table(tables.operatorTasks));
  const tell = (event: CloudEvent<object>): Promise<void> => events.publish(event);
  const alerting: AlertPorts = { alerts: tableAlerts(connections.table(tables.signalState)), tell, now: Date.now };
  const addressRule = { allowLoopback: settings.WEBHOOKS_TO_LOOPBACK };
  const stripeAccount = { url: settings.PAYMENTS_URL, key: settings.PAYMENTS_KEY, guard: guards.payments };
  return {
    settings,
    guards,
    connections,
    orderChanges: {
      orders: tableOrderStore(connections.table(tables.orders), claims),
      leaveHint: (orderId) => hints.leave(orderId),
      publish: publishBehind(async (orderId, rows) => {
        try {
          const { failure } = await publishOutbox(outbox, messages, orderId, Date.now(), rows);
          if (failure !== undefined) throw toAppError(failure);
        } catch (error) {
          console.warn(`outbox of order ${orderId} is left to its hint: ${toAppError(error).message}`);
        }
      }),
      now: Date.now,
    },
    ordersByCustomer: tableOrdersByCustomer(connections.table(tables.ordersByCustomer)),
    dailySales: tableDailySales(connections.table(tables.dailySales)),
    projections: tableProjections(connections.table(tables.projections)),
    orderIds: tableOrderIds(connections.table(tables.orders)),
    outbox,
    outboxSender: messages,
    sender,
    claims,
    requestClaims: tableRequestClaims(connections.table(tables.claims), Date.now, requestLeaseMs),
    contacts: tableContactStore(connections.table(tables.contacts)),
    products: tableProductStore(connections.table(tables.products)),
    stock: tableStockStore(connections.table(tables.stock), Math.random, wait),
    payments: stripePaymentProvider(stripeAccount),
    paymentEvents: stripePaymentEvents({ ...stripeAccount, secret: settings.PAYMENTS_WEBHOOK_SECRET }),
    kitchenTickets: tableKitchenTickets(connections.table(tables.kitchenTickets)),
    importFiles: blobImportFiles(connections.blobs.getContainerClient(containers.salesImports)),
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
    events,
    batchStops: tableBatchStops(connections.table(tables.deadLetters)),
    deadLetters: tableDeadLetters(
      connections.table(tables.deadLetters),
      connections.blobs.getContainerClient(containers.deadLetterBodies),
    ),
    tasks,
    raiseTask: (wish) => raiseTask({ tasks, tell, now: Date.now }, wish),
    webhooks: tableWebhooks(connections.table(tables.webhooks)),
    checkWebhookAddress: (url) => checkWebhookAddress(url, addressRule),
    postToWebhook: httpsWebhook(addressRule, guards.webhooks),
    signals: tableSignals(connections.table(tables.signalState)),
    hubPositions: hubPositions(
      (name) => connections.hub(name),
      guards['event-hubs'],
      connections.blobs.getContainerClient(checkpointContainer),
    ),
    alerting,
    raiseAlert: (wish) => raiseAlert(alerting, wish),
  };
}
