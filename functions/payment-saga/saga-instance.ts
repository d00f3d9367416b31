// An order's saga as others see it: the instance of its id, started at most once, woken from a pause.
import type { DurableClient } from 'durable-functions';
import { startOnce } from '../../shared/adapters/functions/start-once.ts';
import { paymentSaga } from '../../shared/orders/payment-saga.ts';

/** Starts the order's saga unless one was ever started, of whatever version. Answers whether it did. */
export async function startSaga(client: DurableClient, orderId: string): Promise<boolean> {
  return await startOnce(client, paymentSaga.name, orderId, { orderId });
}

/** Has a saga that pauses look at its order now. A lost signal costs the rest of the pause, so nothing is thrown. */
export async function wakeSaga(client: DurableClient, orderId: string): Promise<void> {
  try {
    await client.raiseEvent(orderId, paymentSaga.wake, null);
  } catch {
    // There is none, or none that still runs, or none that can be reached.
  }
}
