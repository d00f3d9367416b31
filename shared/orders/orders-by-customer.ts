// The projection behind GET /orders?customerId=: one row an order, newest first, as of the version the row has seen.
import type { Money } from '../kernel/money.ts';
import type { Order, OrderStatus } from './order.ts';

export interface OrderSummary {
  readonly orderId: string;
  readonly customerId: string;
  readonly status: OrderStatus;
  readonly total: Money;
  readonly createdAt: string;
  readonly version: number;
}

export const summarise = ({ orderId, customerId, status, total, createdAt, version }: Order): OrderSummary => ({
  orderId,
  customerId,
  status,
  total,
  createdAt,
  version,
});

export interface OrdersByCustomer {
  /** Stores the summary unless the row has seen this version or a later one. */
  put(summary: OrderSummary): Promise<void>;
  list(
    customerId: string,
    page: { readonly limit: number; readonly continuation?: string | undefined },
  ): Promise<{ readonly items: readonly OrderSummary[]; readonly continuation?: string }>;
}
