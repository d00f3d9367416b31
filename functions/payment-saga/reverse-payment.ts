import { ports } from '../../shared/adapters/ports.ts';
import { sagaActivity } from './saga-activity.ts';

sagaActivity('reverse-payment', async ({ orderId, total, paymentMethod }) => ({
  outcome: 'done',
  payment: await ports().payments.reverse({ orderId, total, method: paymentMethod }),
}));
