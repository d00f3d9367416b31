import { ports } from '../../shared/adapters/ports.ts';
import { done, record, sagaStep } from './saga-activity.ts';
import { shipmentRequest } from './shipment-request.ts';

sagaStep('arrange-shipment', async (order) => {
  const { shipmentId, trackingId } = await ports().carrier.arrange(await shipmentRequest(order));
  await record(order, 'arrange-shipment', { type: 'ShipmentArranged', data: { shipmentId, trackingId } });
  return done;
});
