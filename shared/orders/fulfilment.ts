// From the kitchen to the door. A kitchen begins once the order is completed: nobody can cancel it any more, nothing is cooked for
// nothing. What kitchen and driver say a second time changes nothing.
import { AppError } from '../kernel/errors.ts';
import type { Decision } from './append-events.ts';
import type { Order } from './order.ts';

/** The kitchen that has to begin now; undefined for one that began before, and for an order nobody cooks. */
export const kitchenToBegin = ({ status, fulfilment, storeId }: Order): string | undefined =>
  status === 'completed' && fulfilment === 'none' ? storeId : undefined;

export function decideStart(order: Order): readonly Decision[] {
  const storeId = kitchenToBegin(order);
  return storeId === undefined ? [] : [{ event: { type: 'PreparationStarted', data: { storeId } }, step: 'prepare' }];
}

/** @throws AppError not-preparing */
export function decideReady({ status, fulfilment }: Order): readonly Decision[] {
  if (status !== 'completed' || fulfilment === 'none')
    throw new AppError('not-preparing', 'No kitchen is at work on this order');
  return fulfilment === 'preparing' ? [{ event: { type: 'OrderReady', data: {} }, step: 'ready' }] : [];
}

/** A driver who is known too late, when the customer has the order, is told of no more. */
export const decideDispatch = ({ fulfilment }: Order, driver: string): readonly Decision[] =>
  fulfilment === 'ready' ? [{ event: { type: 'DriverDispatched', data: { driver } }, step: 'dispatch-driver' }] : [];

/** The customer may have the order before the carrier said who brings it. @throws AppError not-ready */
export function decideDelivered({ fulfilment }: Order): readonly Decision[] {
  if (fulfilment === 'none' || fulfilment === 'preparing')
    throw new AppError('not-ready', 'The order has not left the kitchen yet');
  return fulfilment === 'delivered' ? [] : [{ event: { type: 'OrderDelivered', data: {} }, step: 'delivered' }];
}
