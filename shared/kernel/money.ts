// Amounts are whole minor units (cents); nothing here divides, so nothing rounds.
import { z } from 'zod';

export const currencySchema = z.enum(['EUR', 'USD', 'GBP']).describe('ISO 4217 code');

/** No amount is larger: well within what a number holds exactly. */
export const amountLimitMinor = 1_000_000_000_00;

export const moneySchema = z.strictObject({
  amountMinor: z.int().min(0).max(amountLimitMinor).describe('whole minor units'),
  currency: currencySchema,
});

export type Currency = z.infer<typeof currencySchema>;
export type Money = z.infer<typeof moneySchema>;

export const times = (money: Money, quantity: number): Money => ({
  ...money,
  amountMinor: money.amountMinor * quantity,
});

export function add(a: Money, b: Money): Money {
  if (a.currency !== b.currency) throw new TypeError(`cannot add ${a.currency} and ${b.currency}`);
  return { ...a, amountMinor: a.amountMinor + b.amountMinor };
}

/** A decimal string without currency: 1250 → "12.50". Every currency taken here has two decimals. */
export function toDecimal({ amountMinor }: Money): string {
  return `${Math.trunc(amountMinor / 100)}.${String(amountMinor % 100).padStart(2, '0')}`;
}
