// The carrier's HTTP API. Arranging is idempotent by the order's key.
import { z } from 'zod';
import { AppError } from '../kernel/errors.ts';
import type { Carrier, Shipment, ShipmentRequest } from '../shipping/carrier.ts';
import type { Guard } from './resilience/guard.ts';

const shipmentSchema = z.looseObject({ shipmentId: z.string(), trackingId: z.string() });
const collectedSchema = z.object({ driver: z.string() });

export function httpCarrier(url: string, guard: Guard): Carrier {
  const post = (path: string, body: unknown, headers: Record<string, string>): Promise<Shipment> =>
    guard.run((signal) => ask(`${url}${path}`, body, headers, signal));
  const arrange = ({ orderId, parcels, to }: ShipmentRequest): Promise<Shipment> =>
    post('/shipments', { reference: orderId, parcels, to }, { 'idempotency-key': orderId });
  return {
    arrange,
    cancel: async (shipmentId) => {
      await post(`/shipments/${encodeURIComponent(shipmentId)}/cancel`, {}, {});
    },
    collect: async (shipmentId) =>
      collectedSchema.parse(await post(`/shipments/${encodeURIComponent(shipmentId)}/collect`, {}, {})).driver,
  };
}

async function ask(
  url: string,
  body: unknown,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Shipment> {
  const response = await answer(url, body, headers, signal);
  if (response.ok) return shipmentSchema.parse(await response.json());
  const detail = `The carrier answered ${response.status}`;
  if (response.status >= 500 || response.status === 429) throw new AppError('carrier-unavailable', detail);
  throw new AppError('carrier-refused', `${detail}: ${await response.text()}`);
}

async function answer(
  url: string,
  body: unknown,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Response> {
  try {
    return await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      signal,
    });
  } catch (cause) {
    throw new AppError('carrier-unavailable', 'The carrier does not answer; the outcome is unknown', { cause });
  }
}
