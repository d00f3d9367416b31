// What the console asks the app and the local Azure for.

export interface Money {
  readonly amountMinor: number;
  readonly currency: string;
}

export interface Product {
  readonly sku: string;
  readonly name: string;
  readonly price: string;
  readonly currency: string;
}

export interface OrderSummary {
  readonly orderId: string;
  readonly status: string;
  readonly total: Money;
  readonly createdAt: string;
}

export interface OrderEvent {
  readonly version: number;
  readonly type: string;
  readonly at: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly sentAt: string;
}

export interface Payment {
  readonly id: string;
  readonly orderId?: string;
  readonly status: string;
  readonly amountMinor: number;
  readonly capturedMinor: number;
  readonly refundedMinor: number;
  readonly currency: string;
}

/** @throws Error with the problem's code and detail */
async function ask<T>(path: string, init?: RequestInit): Promise<T> {
  const response = await fetch(path, init);
  const body: unknown = await response.json();
  if (response.ok) return body as T;
  const problem = body as { code?: string; detail?: string; title?: string };
  throw new Error(`${problem.code ?? response.status}: ${problem.detail ?? problem.title ?? 'no detail'}`);
}

export const products = () => ask<{ items: Product[] }>('/api/v1/products');
export const orders = (customerId: string) =>
  ask<{ items: OrderSummary[] }>(`/api/v1/orders?customerId=${encodeURIComponent(customerId)}&limit=20`);
export const orderEvents = (orderId: string) => ask<{ items: OrderEvent[] }>(`/api/v1/orders/${orderId}/events`);
export const mails = () => ask<Mail[]>('/local/mail');
export const payments = () => ask<Payment[]>('/local/payments');

export const placeOrder = (customerId: string, sku: string, quantity: number, method: string) =>
  ask<{ orderId: string }>('/api/v1/orders', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
    body: JSON.stringify({
      customerId,
      email: `${customerId}@example.com`,
      currency: 'EUR',
      items: [{ sku, quantity }],
      payment: { method },
      shipTo: { name: customerId, line1: '1 Mill Lane', city: 'Utrecht', postalCode: '3511 AA', country: 'NL' },
    }),
  });

export const cancelOrder = (orderId: string) =>
  ask<{ status: string }>(`/api/v1/orders/${orderId}/cancel`, { method: 'POST' });
