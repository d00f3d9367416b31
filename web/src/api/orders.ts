import { ask, post } from './ask.ts';

export interface Product {
  readonly sku: string;
  readonly name: string;
  readonly price: string;
  readonly currency: string;
}

export interface OrderSummary {
  readonly orderId: string;
  readonly status: string;
  readonly total: { readonly amountMinor: number; readonly currency: string };
  readonly createdAt: string;
  readonly version: number;
}

export interface OrderEvent {
  readonly version: number;
  readonly type: string;
  readonly at: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export const products = () => ask<{ items: Product[] }>('/api/v1/products');
export const orderEvents = (orderId: string) => ask<{ items: OrderEvent[] }>(`/api/v1/orders/${orderId}/events`);

export const placeOrder = (customerId: string, sku: string, quantity: number, method: string) =>
  ask<{ orderId: string }>(
    '/api/v1/orders',
    post(
      {
        customerId,
        email: `${customerId}@example.com`,
        currency: 'EUR',
        items: [{ sku, quantity }],
        payment: { method },
        shipTo: { name: customerId, line1: '1 Mill Lane', city: 'Utrecht', postalCode: '3511 AA', country: 'NL' },
      },
      { 'idempotency-key': crypto.randomUUID() },
    ),
  );

export const cancelOrder = (orderId: string) =>
  ask<{ status: string }>(`/api/v1/orders/${orderId}/cancel`, { method: 'POST' });
