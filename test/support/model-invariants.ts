// What must hold of the model world when all is said and done, whatever happened on the way.
import { orderEvents } from '../../shared/contracts/order-events.ts';
import { parseCloudEvent } from '../../shared/kernel/cloud-event.ts';
import { foldOrder, type Order } from '../../shared/orders/order.ts';
import { collectOrder, toStoredEvent } from '../../shared/orders/order-stream.ts';
import type { ModelApp } from './model-app.ts';

export interface Bought {
  readonly orderId: string;
  readonly isCancelAccepted: boolean;
}

/** Nothing where the books balance. */
export function differencesOf(app: ModelApp, bought: readonly Bought[]): string[] {
  const found: string[] = app.failures.map(
    (failure) => `failed: ${failure instanceof Error ? failure.stack : String(failure)}`,
  );
  const check = (isRight: boolean, told: string): void => void (isRight || found.push(told));
  check(app.orders.unsent.length === 0, `unsent: ${app.orders.unsent.map(({ label }) => label).join()}`);
  for (const { orderId, isCancelAccepted } of bought) {
    const order = foldOrder(orderId, app.orders.streams.get(orderId)?.events ?? []);
    if (order === undefined) {
      found.push(`${orderId} was never placed`);
      continue;
    }
    const tell = (isRight: boolean, told: string): void => check(isRight, `${order.status} ${orderId}: ${told}`);
    const isCompleted = order.status === 'completed';
    tell(isCompleted || order.status === 'cancelled', 'has not ended');
    tell(!(isCompleted && isCancelAccepted), 'the cancellation was accepted');
    checkEvents(app, orderId, tell);
    checkMoney(app, order, tell);
    checkMail(app, order, tell);
    tell((app.carrier.shipments.get(orderId) === 'arranged') === isCompleted, 'shipment');
    for (const { sku } of order.items) {
      const status = app.stock.shelves.get(sku)?.reservations.get(orderId)?.status;
      tell(isCompleted ? status === 'sold' : status !== 'sold' && status !== 'held', `its ${sku} are ${status}`);
    }
  }
  checkShelves(app, check);
  return [...found, ...tasksLeft(app)];
}

type Tell = (isRight: boolean, told: string) => void;

/** What happens once is told once, and the hub tells the order whole. */
function checkEvents(app: ModelApp, orderId: string, tell: Tell): void {
  const events = app.orders.streams.get(orderId)?.events ?? [];
  const types = events.map(({ type }) => type);
  const several = /^(Compensation|LatePayment|OrderItemAdded|StepFailed)/;
  const repeated = types.filter((type, index) => types.indexOf(type) !== index && !several.test(type));
  tell(repeated.length === 0, `repeated: ${repeated.join()}`);
  tell(types.filter((type) => type === 'OrderCompleted' || type === 'OrderCancelled').length === 1, 'ends');
  const told = app.orders.sent.filter(
    ({ transport, correlationId }) => transport === 'event-hubs' && correlationId === orderId,
  );
  const contracts = Object.values(orderEvents);
  const collected = collectOrder(
    orderId,
    told.map(({ body }) => toStoredEvent(parseCloudEvent(Buffer.from(body), contracts))),
  );
  tell(
    JSON.stringify(collected.order) === JSON.stringify(foldOrder(orderId, events)),
    'the hub tells of another order',
  );
}

/** One net charge or none; nothing held. What was paid beside stays only where the goods went out. */
function checkMoney(app: ModelApp, { orderId, status, total, payment }: Order, tell: Tell): void {
  const rows = [...app.provider.ledger.values()].filter((row) => row.orderId === orderId);
  const own = rows.find(({ paymentId }) => paymentId === `pi_${orderId}`);
  const net = (own?.capturedMinor ?? 0) - (own?.refundedMinor ?? 0);
  tell(net === (status === 'completed' ? total.amountMinor : 0), `the net charge is ${net} of ${total.amountMinor}`);
  tell(!rows.some((row) => row.status === 'held'), 'money is held');
  const beside = rows.find((row) => row !== own);
  const types = app.orders.streams.get(orderId)?.events.map(({ type }) => type) ?? [];
  const isLeft = beside === undefined && types.includes('LatePaymentReversed');
  tell(!isLeft, 'its own payment was left to webhooks or reconciliation');
  const left = (beside?.capturedMinor ?? 0) - (beside?.refundedMinor ?? 0);
  if (status === 'cancelled') tell(left === 0, `${left} paid beside is kept`);
  if (own?.status === 'captured') {
    const wanted = status === 'completed' ? 'captured' : 'refunded';
    tell(payment.status === wanted || beside !== undefined, `the order says its payment is ${payment.status}`);
  }
}

/** Once each: of a completed order one confirmation, of a cancelled one one apology. Whoever gives up a draft gets none. */
function checkMail(app: ModelApp, { orderId, status, placedAt }: Order, tell: Tell): void {
  const subjects = [...app.mails.values()]
    .filter(({ headers }) => headers['x-order-id'] === orderId)
    .map(({ subject }) => subject);
  const cancelled = subjects.filter((subject) => subject.includes('cancelled')).length;
  const confirmed = subjects.filter((subject) => subject.includes('confirmed')).length;
  const wanted = status === 'cancelled' && placedAt !== undefined ? 1 : 0;
  tell(cancelled === wanted, `${cancelled} apologies`);
  tell(status === 'completed' ? confirmed === 1 : confirmed <= 1, `${confirmed} confirmations`);
}

function checkShelves(app: ModelApp, check: Tell): void {
  for (const [sku, { level, reservations }] of app.stock.shelves) {
    const sold = [...reservations.values()].reduce(
      (sum, { status, quantity }) => sum + (status === 'sold' ? quantity : 0),
      0,
    );
    check(
      level.reserved === 0 && level.onHand === level.received - sold && level.onHand >= 0,
      `${sku}: ${JSON.stringify(level)}`,
    );
  }
}

/** A person has work only where somebody paid twice for what was delivered. */
const tasksLeft = (app: ModelApp): string[] =>
  app
    .openTasks()
    .filter(({ step }) => step !== 'second-payment')
    .map(({ subject, step, detail }) => `task: ${subject} ${step} ${detail}`);
