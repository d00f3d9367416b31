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

/** Rows stand in generations: one is read while the next is built beside it. All throw AppError storage-unavailable. */
export interface OrdersByCustomer {
  /** Stores each summary unless its row has seen this version or a later one. @throws AppError concurrent-change */
  put(generation: string, summaries: readonly OrderSummary[]): Promise<void>;
  /** A continuation goes on in any generation. @throws AppError invalid-request for one of unknown form */
  list(
    generation: string,
    customerId: string,
    page: { readonly limit: number; readonly continuation?: string | undefined },
  ): Promise<{ readonly items: readonly OrderSummary[]; readonly continuation?: string }>;
}
