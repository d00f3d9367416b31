// A carrier that arranges shipments: POST /carrier/shipments, GET /carrier/shipments/{id},
// POST /carrier/shipments/{id}/cancel and /collect.
import { createHash, randomInt, randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Store } from '../store/store.ts';
import { type Answer, isObject, jsonObject, problem, type StandIn, type StandInRequest } from './exchange.ts';
import { createTurns, type InTurn, listRecords, readRecord, writeRecord } from './records.ts';

const shipmentSpace = 'stand-ins.shipments';
const keySpace = 'stand-ins.shipment-keys';

interface Shipment {
  readonly shipmentId: string;
  readonly trackingId: string;
  readonly status: 'arranged' | 'cancelled';
  readonly reference: string;
  readonly parcels: readonly { readonly sku: string; readonly quantity: number }[];
  readonly to: Readonly<Record<string, unknown>>;
  readonly createdAt: string;
  /** Who collected it. */
  readonly driver?: string;
}

interface KeyRecord {
  readonly fingerprint: string;
  readonly shipmentId: string;
}

export interface Carrier {
  readonly handle: StandIn;
  /** Oldest first. */
  shipments(): Promise<Shipment[]>;
}

export function createCarrier({ store, clock }: { store: Store; clock: Clock }): Carrier {
  const inTurn = createTurns();
  return {
    handle: (request) => route(store, clock, inTurn, request),
    shipments: async () =>
      (await listRecords<Shipment>(store, shipmentSpace)).toSorted((a, b) => a.createdAt.localeCompare(b.createdAt)),
  };
}

async function route(store: Store, clock: Clock, inTurn: InTurn, request: StandInRequest): Promise<Answer> {
  const [, , collection, id, action, ...rest] = request.url.pathname.split('/');
  if (collection === 'shipments' && rest.length === 0) {
    if (request.method === 'POST' && id === undefined) return arrange(store, clock, inTurn, request);
    if (request.method === 'GET' && id && action === undefined) {
      const shipment = await readRecord<Shipment>(store, shipmentSpace, id);
      return shipment ? { status: 200, body: shipment } : noSuchShipment(id);
    }
    if (request.method === 'POST' && id && action === 'cancel') return inTurn(id, () => cancel(store, id));
    if (request.method === 'POST' && id && action === 'collect') return inTurn(id, () => collect(store, id));
  }
  return problem(404, 'Unknown address', `The carrier knows no ${request.method} ${request.url.pathname}.`);
}

/** The same Idempotency-Key with the same body answers the same shipment (200), with another body 422. */
async function arrange(store: Store, clock: Clock, inTurn: InTurn, request: StandInRequest): Promise<Answer> {
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string' || key === '') {
    return problem(400, 'Idempotency-Key is missing', 'Send an Idempotency-Key, so that a repeated order ships once.');
  }
  const order = jsonObject(request.body);
  const errors = order ? errorsIn(order) : [{ pointer: '', detail: 'must be a JSON object' }];
  if (!order || errors.length > 0) {
    return problem(400, 'Invalid shipment', 'The shipment cannot be arranged as it stands.', { errors });
  }
  return inTurn(`key ${key}`, async () => {
    const fingerprint = createHash('sha256').update(JSON.stringify(order)).digest('base64');
    const known = await readRecord<KeyRecord>(store, keySpace, key);
    if (known && known.fingerprint !== fingerprint) {
      return problem(
        422,
        'Idempotency-Key was used before',
        'The same key came with another shipment. Use a key of its own.',
      );
    }
    const earlier = known && (await readRecord<Shipment>(store, shipmentSpace, known.shipmentId));
    if (earlier) return { status: 200, body: earlier };
    const shipment = newShipment(order as unknown as Shipment, clock.now());
    const { shipmentId } = shipment;
    await store.commit([
      writeRecord(shipmentSpace, shipmentId, shipment),
      writeRecord(keySpace, key, { fingerprint, shipmentId } satisfies KeyRecord),
    ]);
    return { status: 201, headers: { location: `/carrier/shipments/${shipmentId}` }, body: shipment };
  });
}

function newShipment(
  { reference, parcels, to }: Pick<Shipment, 'reference' | 'parcels' | 'to'>,
  nowMs: number,
): Shipment {
  return {
    shipmentId: `shp_${randomUUID()}`,
    trackingId: `MR${randomInt(1e9, 1e10)}`,
    status: 'arranged',
    reference,
    parcels: parcels.map(({ sku, quantity }) => ({ sku, quantity })),
    to,
    createdAt: new Date(nowMs).toISOString(),
  };
}

/** Cancelling twice is cancelling once. */
async function cancel(store: Store, id: string): Promise<Answer> {
  const shipment = await readRecord<Shipment>(store, shipmentSpace, id);
  if (!shipment) return noSuchShipment(id);
  if (shipment.driver !== undefined) return problem(409, 'The shipment has left', `${shipment.driver} has ${id}.`);
  const cancelled: Shipment = { ...shipment, status: 'cancelled' };
  if (shipment.status !== 'cancelled') await store.commit([writeRecord(shipmentSpace, id, cancelled)]);
  return { status: 200, body: cancelled };
}

/** Sends a driver; collecting twice is collecting once. */
async function collect(store: Store, id: string): Promise<Answer> {
  const shipment = await readRecord<Shipment>(store, shipmentSpace, id);
  if (!shipment) return noSuchShipment(id);
  if (shipment.status === 'cancelled') return problem(409, 'The shipment was cancelled', `Nobody comes for ${id}.`);
  const collected: Shipment = { ...shipment, driver: shipment.driver ?? `driver-${randomInt(1, 100)}` };
  if (shipment.driver === undefined) await store.commit([writeRecord(shipmentSpace, id, collected)]);
  return { status: 200, body: collected };
}

function noSuchShipment(id: string): Answer {
  return problem(404, 'No such shipment', `The carrier knows no shipment ${id}.`);
}

interface FieldError {
  readonly pointer: string;
  readonly detail: string;
}

function errorsIn({ reference, parcels, to }: Record<string, unknown>): FieldError[] {
  const errors: FieldError[] = [];
  if (!isText(reference)) errors.push({ pointer: '/reference', detail: 'must be a text' });
  if (!isObject(to)) errors.push({ pointer: '/to', detail: 'must be an object' });
  if (!Array.isArray(parcels) || parcels.length === 0) {
    return [...errors, { pointer: '/parcels', detail: 'must hold at least one parcel' }];
  }
  for (const [index, parcel] of (parcels as unknown[]).entries()) {
    const { sku, quantity } = isObject(parcel) ? parcel : {};
    if (!isText(sku)) errors.push({ pointer: `/parcels/${index}/sku`, detail: 'must be a text' });
    if (!Number.isInteger(quantity) || Number(quantity) < 1) {
      errors.push({ pointer: `/parcels/${index}/quantity`, detail: 'must be a whole number above 0' });
    }
  }
  return errors;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
