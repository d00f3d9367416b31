import { appendEvents } from '../../shared/orders/append-events.ts';
import { paymentSaga } from '../../shared/orders/payment-saga.ts';
import { decideNeedsAttention } from '../../shared/orders/saga-decisions.ts';
import { done, sagaActivity } from './saga-activity.ts';

// Sagas of version 1 tell of one failure at a time, by step and detail.
sagaActivity(paymentSaga.needsAttention, async ({ orderId }, input) => {
  const { reason, payment, step = '', detail = '', failures = [{ step, detail }] } = input;
  const told = { ...(reason === undefined ? {} : { reason }), ...(payment === undefined ? {} : { payment }) };
  const { orderChanges } = await import('../orders/ports.ts');
  const { failedUndos } = await appendEvents(orderChanges, orderId, (order) =>
    decideNeedsAttention(order, failures, told),
  );
  // What a person saw to meanwhile is not raised again.
  for (const failure of failures.filter((each) => failedUndos.includes(each.step))) {
    const { raiseTask } = await import('../operations/ports.ts');
    await raiseTask({ kind: 'compensation', subject: orderId, ...failure });
  }
  return done;
});
