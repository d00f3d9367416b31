// An order that only a person can end: cancelled after its money was taken, with nobody hearing of it, and after its goods had left.
import type { apiClient } from './api-client.ts';
import { validOrder } from './order-requests.ts';
import { waitFor } from './wait-for.ts';

const patient = { timeoutMs: 60_000, intervalMs: 100 };

/** The order's id. `carrier` is a client of the carrier itself, who comes for whatever is arranged. */
export async function orderThatNeedsAttention(
  api: ReturnType<typeof apiClient>,
  carrier: ReturnType<typeof apiClient>,
): Promise<string> {
  const fault = (target: string, mode: string) => api.ask('POST', '/local/faults', { target, mode });
  await fault('carrier', 'down');
  const orderId = await api.place(validOrder());
  await waitFor('the authorisation', async () => (await api.events(orderId)).includes('PaymentAuthorised'), patient);
  await fault('payments', 'lost-answer');
  await fault('carrier', 'ok');
  const isCaptured = async (): Promise<boolean> =>
    (await api.payments()).some((row) => row.orderId === orderId && row.capturedMinor > 0);
  await waitFor('the capture nobody hears of', isCaptured, patient);
  const shipments = await api.get<{ shipmentId: string; reference: string }[]>('/local/shipments');
  const shipment = shipments.find(({ reference }) => reference === orderId);
  await carrier.ask('POST', `/shipments/${shipment?.shipmentId}/collect`);
  await api.ask('POST', `/api/v1/orders/${orderId}/cancel`);
  await fault('payments', 'ok');
  const { status } = await api.settled(orderId);
  if (status !== 'needs-attention') throw new Error(`order ${orderId} ended as ${status}`);
  return orderId;
}
