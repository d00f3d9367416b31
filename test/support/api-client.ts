// The app's HTTP API and the stand-ins' ledgers, as a test asks for them.
import type { PlaceOrder } from '../../shared/orders/place-order.ts';
import { waitFor } from './wait-for.ts';

export interface OrderView {
  readonly orderId: string;
  readonly status: string;
  readonly reason?: string;
  readonly items: readonly { readonly sku: string; readonly quantity: number }[];
  readonly total: { readonly amountMinor: number; readonly currency: string };
  readonly payment: { readonly status: string };
  readonly shipment: { readonly status: string; readonly trackingId?: string };
  readonly version: number;
}

export interface LedgerRow {
  readonly id: string;
  readonly orderId: string;
  readonly status: string;
  readonly amountMinor: number;
  readonly capturedMinor: number;
  readonly refundedMinor: number;
}

export interface SentMail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly orderId?: string;
}

export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

const final = ['completed', 'cancelled', 'needs-attention'];

/** `url` may be asked for when it is needed: before that nothing may answer there yet. */
export function apiClient(url: string | (() => string)) {
  const ask = async <T>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> => {
    const init: RequestInit = { method, headers: { ...headers } };
    if (body !== undefined) {
      init.headers = { 'content-type': 'application/json', ...headers };
      init.body = typeof body === 'string' ? body : JSON.stringify(body);
    }
    const response = await fetch((typeof url === 'string' ? url : url()) + path, init);
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : text) as T };
  };
  const get = async <T>(path: string): Promise<T> => (await ask<T>('GET', path)).body;
  return {
    ask,
    get,
    /** The id of the accepted order. */
    place: async (order: PlaceOrder, key?: string): Promise<string> => {
      const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key };
      const { status, body } = await ask<{ orderId: string }>('POST', '/api/v1/orders', order, headers);
      if (status !== 202) throw new Error(`the order was answered with ${status}: ${JSON.stringify(body)}`);
      return body.orderId;
    },
    order: (orderId: string) => get<OrderView>(`/api/v1/orders/${orderId}`),
    events: async (orderId: string): Promise<string[]> =>
      (await get<{ items: { type: string }[] }>(`/api/v1/orders/${orderId}/events`)).items.map(({ type }) => type),
    settled: (orderId: string, timeoutMs = 60_000): Promise<OrderView> =>
      waitFor(
        `the end of order ${orderId}`,
        async () => {
          const order = await get<OrderView>(`/api/v1/orders/${orderId}`);
          return final.includes(order.status) && order;
        },
        { timeoutMs, intervalMs: 100 },
      ),
    payments: () => get<LedgerRow[]>('/local/payments'),
    mails: async (orderId: string): Promise<SentMail[]> =>
      (await get<SentMail[]>('/local/mail')).filter((mail) => mail.orderId === orderId),
  };
}
