// What a payment in the provider's ledger means for the order it names. Pure: two records in, a verdict out.
import type { Money } from '../kernel/money.ts';

/** An order, as far as money is concerned. */
export interface OrderFacts {
  readonly orderId: string;
  readonly status: string;
  readonly total: Money;
  readonly payment: { readonly status: string; readonly paymentId?: string };
  /** `unsettled`: a person decided about the money. */
  readonly reversal?: string;
}

/** A payment, as the provider has it. */
export interface PaymentFacts {
  readonly paymentId: string;
  readonly orderId?: string;
  readonly status: 'pending' | 'declined' | 'held' | 'captured' | 'cancelled';
  readonly amountMinor: number;
  readonly capturedMinor: number;
  readonly refundedMinor: number;
  readonly currency: string;
}

/** What two ledgers may disagree on; an operator's task carries it as its step. */
export type Difference =
  | 'payment-of-no-order'
  | 'second-payment'
  | 'completed-not-captured'
  | 'completed-other-amount'
  | 'completed-without-payment'
  | 'cancelled-other-currency'
  | 'cancelled-but-sold'
  | 'stuck'
  | 'completed-without-stock';

export type Verdict =
  | { readonly kind: 'agree' }
  /** The order takes no goods: money is given back, and that it was is recorded. */
  | { readonly kind: 'give-back' }
  /** It went back, and whoever saw to that died before it was recorded. */
  | { readonly kind: 'record'; readonly outcome: 'voided' | 'refunded' }
  /** A person decides. */
  | { readonly kind: 'task'; readonly difference: Difference; readonly detail: string };

const agree: Verdict = { kind: 'agree' };

/** Before, its saga sees to the money; an order that waits for a person has a task already. */
export const hasEnded = ({ status }: Pick<OrderFacts, 'status'>): boolean =>
  status === 'completed' || status === 'cancelled';

/**
 * The order must have been read before the payment: then a saga that went on between the two shows as an order under way, not as a
 * difference.
 */
export function judgePayment(order: OrderFacts | undefined, payment: PaymentFacts): Verdict {
  const left = moneyOf(payment);
  if (order === undefined) {
    return left === 0 ? agree : task('payment-of-no-order', `${told(payment)}, and no order asked for it`);
  }
  if (!hasEnded(order) || isDecided(order, payment)) return agree;
  if (order.status === 'cancelled') return left > 0 ? judgeLeft(order, payment) : judgeReturned(order, payment);
  if (order.payment.paymentId !== payment.paymentId) {
    return left === 0 ? agree : task('second-payment', `${told(payment)}, besides the payment of the completed order`);
  }
  return judgePaid(order, payment);
}

/** Of the order's own payment, that is: another one comes as late as any. */
const isDecided = ({ status, reversal, payment: own }: OrderFacts, { paymentId }: PaymentFacts): boolean =>
  status === 'cancelled' && reversal === 'unsettled' && (own.paymentId ?? paymentId) === paymentId;

function judgeLeft({ total }: OrderFacts, payment: PaymentFacts): Verdict {
  if (payment.currency === total.currency) return { kind: 'give-back' };
  return task('cancelled-other-currency', `The order, in ${total.currency}, is cancelled; ${told(payment)}`);
}

function judgePaid({ total }: OrderFacts, payment: PaymentFacts): Verdict {
  if (payment.status !== 'captured') {
    return task('completed-not-captured', `The order is completed, and its payment is ${payment.status}`);
  }
  const isWhole =
    payment.capturedMinor - payment.refundedMinor === total.amountMinor && payment.currency === total.currency;
  if (isWhole) return agree;
  const wanted = `${total.amountMinor} ${total.currency} in minor units`;
  return task('completed-other-amount', `The order is completed for ${wanted}; ${told(payment)}`);
}

/** Nothing is left; does the order know? What the saga itself gave back, it recorded with the cancellation. */
function judgeReturned({ payment: known, total }: OrderFacts, payment: PaymentFacts): Verdict {
  if (payment.currency !== total.currency) return agree;
  if (payment.status !== 'cancelled' && payment.status !== 'captured') return agree;
  const isReturned = known.status === 'voided' || known.status === 'refunded';
  const isKnown = known.paymentId === payment.paymentId || (known.paymentId === undefined && isReturned);
  return isKnown ? agree : { kind: 'record', outcome: payment.status === 'captured' ? 'refunded' : 'voided' };
}

const moneyOf = ({ status, amountMinor, capturedMinor, refundedMinor }: PaymentFacts): number =>
  status === 'held' ? amountMinor : capturedMinor - refundedMinor;

const told = (payment: PaymentFacts): string =>
  `payment ${payment.paymentId} is ${payment.status} with ${moneyOf(payment)} ${payment.currency} in minor units left`;

const task = (difference: Difference, detail: string): Verdict => ({ kind: 'task', difference, detail });
