// The projection behind GET /sales/daily: units and money by UTC day and product. What is paid counts on the day of payment; what
// goes back is taken off on the day it goes back, so that a day once told does not change. Pure.
import { add, type Money, times } from '../kernel/money.ts';

/** What this projection has to know of an order. */
export interface SoldOrder {
  readonly orderId: string;
  readonly version: number;
  readonly items: readonly { readonly sku: string; readonly quantity: number; readonly unitPrice: Money }[];
  readonly paidAt?: string;
  readonly refundedAt?: string;
}

/** What one order adds to one product on one day: below zero where it went back. */
export interface SalesLine {
  /** 2026-11-20, in UTC. */
  readonly day: string;
  readonly orderId: string;
  readonly sku: string;
  readonly units: number;
  readonly revenueMinor: number;
  readonly currency: Money['currency'];
  /** Of the order as it was read. */
  readonly version: number;
}

export interface DailySale {
  readonly day: string;
  readonly sku: string;
  readonly units: number;
  readonly revenue: { readonly amountMinor: number; readonly currency: Money['currency'] };
}

/** Rows stand in generations: one is read while the next is built beside it. All throw AppError storage-unavailable. */
export interface DailySales {
  /** Counts each line unless it was counted as of this version or a later one. @throws AppError concurrent-change */
  put(generation: string, lines: readonly SalesLine[]): Promise<void>;
  /** By day, then product. */
  list(generation: string, days: readonly string[], sku?: string): Promise<readonly DailySale[]>;
}

export const dayOf = (at: string): string => at.slice(0, 10);

/** All that an order adds to any day. A product that is sold and goes back on one day leaves a line of nothing. */
export function salesLines({ orderId, version, items, paidAt, refundedAt }: SoldOrder): SalesLine[] {
  if (paidAt === undefined) return [];
  const [soldOn, backOn] = [dayOf(paidAt), refundedAt === undefined ? undefined : dayOf(refundedAt)];
  const bySku = Map.groupBy(items, ({ sku }) => sku);
  return [...bySku].flatMap(([sku, lines]) => {
    const units = lines.reduce((sum, { quantity }) => sum + quantity, 0);
    const { amountMinor: revenueMinor, currency } = lines
      .map(({ unitPrice, quantity }) => times(unitPrice, quantity))
      .reduce(add);
    const sold = { orderId, version, sku, currency, day: soldOn, units, revenueMinor };
    if (backOn === undefined) return [sold];
    if (backOn === soldOn) return [{ ...sold, units: 0, revenueMinor: 0 }];
    return [sold, { ...sold, day: backOn, units: -units, revenueMinor: -revenueMinor }];
  });
}

export const mostDays = 92;

/** The days from `from` to before `to`. */
export function daysBetween(from: string, to: string): string[] {
  const days: string[] = [];
  for (let at = Date.parse(from); at < Date.parse(to) && days.length <= mostDays; at += 86_400_000)
    days.push(dayOf(new Date(at).toISOString()));
  return days;
}
