import { AppError } from '../../shared/kernel/errors.ts';
import { done, record, sagaStep } from './saga-activity.ts';
import { shipmentRequest } from './shipment-request.ts';

sagaStep('arrange-shipment', async (order, history) => {
  if (order.shipment.status === 'arranged') return done;
  const request = await shipmentRequest(order);
  if (request === undefined)
    throw new AppError('contact-not-found', `The contact of order ${order.orderId} was erased`);
  const { carrier } = await import('../fulfilment/ports.ts');
  const arrangement = await carrier.arrange(request);
  if (arrangement.outcome === 'refused') return { outcome: 'failed', detail: arrangement.reason };
  const { shipmentId, trackingId } = arrangement;
  await record(history, 'arrange-shipment', { type: 'ShipmentArranged', data: { shipmentId, trackingId } });
  return done;
});
