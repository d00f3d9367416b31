import { ports } from '../../shared/adapters/ports.ts';
import { done, sagaActivity } from './saga-activity.ts';
import { shipmentRequest } from './shipment-request.ts';

sagaActivity('cancel-shipment', async (order) => {
  await ports().carrier.cancel(await shipmentRequest(order));
  return done;
});
