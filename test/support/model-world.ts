// All the app asks for, in memory: event store with outbox, stock, provider, carrier, mail, bus, tasks. Each call crosses over by
// mortal-hosts.ts. What the world does by itself (deliver, hint, tell by webhook) is left to `wake`.
import type { MessageSender, Outbox, OutboxMessage } from '../../shared/kernel/outbox.ts';
import type { Mail } from '../../shared/mail/mailer.ts';
import type { OperatorTask } from '../../shared/operations/operator-task.ts';
import { raiseTask } from '../../shared/operations/raise-task.ts';
import type { TaskStore } from '../../shared/operations/task-store.ts';
import type { OrderStore } from '../../shared/orders/order-store.ts';
import type { Payment } from '../../shared/payments/payment.ts';
import type { PaymentHint, PaymentProvider } from '../../shared/payments/payment-provider.ts';
import type { Carrier } from '../../shared/shipping/carrier.ts';
import { memoryOrders } from './memory-orders.ts';
import { memoryStock } from './memory-stock.ts';
import type { MortalHosts } from './mortal-hosts.ts';

/** What others do then, each until it is done. */
export interface Wake {
  readonly message: (message: OutboxMessage) => void;
  readonly hint: (partition: string) => void;
  readonly payment: (hint: PaymentHint) => void;
}

export const price = { amountMinor: 1_000, currency: 'EUR' } as const;

/** A country to which the carrier refuses to ship. */
export const nobodyDrivesTo = 'AQ';

export type ModelWorld = ReturnType<typeof modelWorld>;

/** @param units on the shelf, by SKU */
export function modelWorld(hosts: MortalHosts, units: Readonly<Record<string, number>>, wake: Wake) {
  const { cross } = hosts;
  const stock = memoryStock(units, (change) => cross('stock', change));
  const orders = modelOrders(cross, wake);
  const provider = modelProvider(cross, wake);
  const carrier = modelCarrier(cross);
  const tasks = modelTasks(cross);
  const mails = new Map<string, Mail>();
  const toldOf = new Map<string, string>();
  const contacts = new Map<string, { readonly customerId: string; readonly contactId: string }>();
  const ports = {
    settings: () => ({ BACK_OFF_LIMIT_SECONDS: 30 }),
    ...orders.ports,
    stock,
    products: {
      get: async (sku: string) => (sku in units ? { sku, price } : undefined),
      list: async () => ({ items: Object.keys(units).map((sku) => ({ sku })) }),
    },
    contacts: {
      get: async (_customerId: string, contactId: string) => cross('read contact', () => contacts.get(contactId)),
      addIfAbsent: (contact: { customerId: string; contactId: string }) =>
        cross('add contact', () => void contacts.set(contact.contactId, contact)),
    },
    payments: provider.port,
    carrier: carrier.port,
    mailer: {
      send: (mail: Mail) =>
        cross('mail', () => void mails.set(mail.operationId, mail), { unavailable: 'mail-unavailable' }),
    },
    signals: { suspect: () => cross('suspect', () => undefined) },
    claims: { put: async () => undefined, get: async () => undefined },
    sender: {
      send: (destination: string, { messageId = '', subject = '', correlationId = '', body }: SentCopy) =>
        cross('put off', () =>
          wake.message({
            destination,
            messageId,
            label: subject,
            correlationId: correlationId,
            body: Buffer.from(body).toString(),
          }),
        ),
    },
    tasks: tasks.port,
    raiseTask: (wish: Parameters<typeof raiseTask>[1]) =>
      raiseTask(
        {
          tasks: tasks.port,
          tell: ({ id, subject }) => cross('tell operators', () => void toldOf.set(id, subject)),
          now: Date.now,
        },
        wish,
      ),
  };
  return { ports, stock, orders, provider, carrier, tasks: tasks.all, mails, toldOf };
}

interface SentCopy {
  readonly messageId?: string;
  readonly subject?: string;
  readonly correlationId?: string;
  readonly body: Uint8Array;
}

type Cross = MortalHosts['cross'];

/** The outbox stands with the events; what was sent is kept for the test to look at. */
function modelOrders(cross: Cross, wake: Wake) {
  const memory = memoryOrders();
  const rows = memory.outbox as (OutboxMessage & { rowKey?: string; at?: string })[];
  const sent: OutboxMessage[] = [];
  const store: OrderStore = {
    ...memory.orders,
    load: (orderId) => cross('load', () => memory.orders.load(orderId)),
    findClaim: (...given) => cross('find claim', () => memory.orders.findClaim(...given)),
    append: (...given) => cross('append', () => memory.orders.append(...given)),
  };
  const outbox: Outbox = {
    rows: (partition) =>
      cross('read outbox', () =>
        rows
          .filter(({ correlationId }) => correlationId === partition)
          .map((row) => {
            row.rowKey ??= `${row.messageId}@${row.destination}`;
            row.at ??= new Date().toISOString();
            return { ...row, rowKey: row.rowKey, at: row.at };
          }),
      ),
    remove: (_partition, rowKeys) =>
      cross('empty outbox', () => {
        const rest = rows.filter(({ rowKey = '' }) => !rowKeys.includes(rowKey));
        rows.splice(0, rows.length, ...rest);
      }),
    partitionsWaiting: async function* () {
      yield* new Set(rows.map(({ correlationId }) => correlationId));
    },
  };
  const outboxSender: MessageSender = {
    send: (_destination, messages) =>
      cross('send', () => {
        sent.push(...messages);
        for (const message of messages) wake.message(message);
      }),
  };
  const orderChanges = {
    orders: store,
    leaveHint: (orderId: string) => cross('leave hint', () => wake.hint(orderId)),
    publish: async (orderId: string) => wake.hint(orderId),
    now: Date.now,
  };
  return { ports: { orderChanges, outbox, outboxSender }, streams: memory.streams, unsent: rows, sent };
}

type Held = { -readonly [K in keyof Payment]: Payment[K] };

/** A payment an order, by its key; further ones only by `payBeside`. */
function modelProvider(cross: Cross, wake: Wake) {
  const ledger = new Map<string, Held>();
  const told = { unavailable: 'payments-unavailable', refused: 'payments-refused' } as const;
  const tell = ({ paymentId, orderId }: Payment): void =>
    wake.payment({ paymentId, ...(orderId === undefined ? {} : { orderId }) });
  const open = (paymentId: string, orderId: string, amountMinor: number, changes: Partial<Payment>): Held => {
    const createdAt = new Date().toISOString();
    const made: Held = {
      paymentId,
      orderId,
      status: 'held',
      amountMinor,
      capturedMinor: 0,
      refundedMinor: 0,
      currency: price.currency,
      createdAt,
      ...changes,
    };
    ledger.set(paymentId, made);
    tell(made);
    return made;
  };
  const authorise = ({ orderId, total, method }: Parameters<PaymentProvider['authorise']>[0]) => {
    const status = method === 'declined' ? 'declined' : 'held';
    const made = ledger.get(`pi_${orderId}`) ?? open(`pi_${orderId}`, orderId, total.amountMinor, { status });
    if (made.status === 'declined') return { outcome: 'declined', reason: 'card_declined' } as const;
    return { outcome: 'authorised', paymentId: made.paymentId } as const;
  };
  const take = (payment: Held): void => {
    if (payment.status !== 'held') return;
    payment.status = 'captured';
    payment.capturedMinor = payment.amountMinor;
    tell(payment);
  };
  const letGo = (payment: Held): void => {
    if (payment.status !== 'held') return;
    payment.status = 'cancelled';
    tell(payment);
  };
  const giveBack = (paymentId: string): 'nothing-charged' | 'voided' | 'refunded' => {
    const payment = ledger.get(paymentId) as Held;
    letGo(payment);
    if (payment.status !== 'captured') return payment.status === 'cancelled' ? 'voided' : 'nothing-charged';
    if (payment.refundedMinor < payment.capturedMinor) tell(payment);
    payment.refundedMinor = payment.capturedMinor;
    return 'refunded';
  };
  const port: PaymentProvider = {
    authorise: (order) => cross('authorise', () => authorise(order), told),
    capture: (_orderId, paymentId) =>
      cross(
        'capture',
        () => {
          const payment = ledger.get(paymentId) as Held;
          take(payment);
          return payment.status === 'captured' ? 'captured' : 'lapsed';
        },
        told,
      ),
    reverse: async ({ paymentId, ...order }) => {
      if (paymentId !== undefined) return await port.giveBack(paymentId);
      const asked = await port.authorise(order);
      return asked.outcome === 'declined' ? 'nothing-charged' : await port.giveBack(asked.paymentId);
    },
    giveBack: (paymentId) => cross('give back', () => giveBack(paymentId), told),
    get: (paymentId) => cross('get payment', () => ({ ...(ledger.get(paymentId) as Held) }), told),
    since: async function* () {
      yield* structuredClone([...ledger.values()]);
    },
  };
  return {
    port,
    ledger,
    /** As somebody does who pays a second time, by a page that was left open. */
    payBeside: (orderId: string, amountMinor: number) =>
      open(`pi_beside_${orderId}`, orderId, amountMinor, { status: 'captured', capturedMinor: amountMinor }),
    /** As the provider does with an authorisation after seven days. */
    letGoOf: (orderId: string) => {
      const payment = ledger.get(`pi_${orderId}`);
      if (payment !== undefined) letGo(payment);
    },
  };
}

/** A shipment an order. */
function modelCarrier(cross: Cross) {
  const shipments = new Map<string, 'arranged' | 'cancelled'>();
  const told = { unavailable: 'carrier-unavailable', refused: 'carrier-refused' } as const;
  const port: Pick<Carrier, 'arrange' | 'cancel'> = {
    arrange: ({ orderId, to }) =>
      cross(
        'arrange',
        () => {
          if (to.country === nobodyDrivesTo) return { outcome: 'refused', reason: 'nobody drives there' } as const;
          if (!shipments.has(orderId)) shipments.set(orderId, 'arranged');
          return { outcome: 'arranged', shipmentId: orderId, trackingId: `t-${orderId}` } as const;
        },
        told,
      ),
    cancel: (shipmentId) => cross('call off', () => void shipments.set(shipmentId, 'cancelled'), told),
  };
  return { port, shipments };
}

function modelTasks(cross: Cross) {
  const all = new Map<string, OperatorTask>();
  const port: Pick<TaskStore, 'change'> = {
    change: (taskId, decide) =>
      cross('task', () => {
        const change = decide(all.get(taskId));
        if (change !== undefined) all.set(taskId, change.task);
        return all.get(taskId);
      }),
  };
  return { all, port: port as TaskStore };
}
