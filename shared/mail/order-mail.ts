// What all mails about an order have in common.
import { deterministicId } from '../kernel/ids.ts';
import { type Money, toDecimal } from '../kernel/money.ts';
import type { Mail } from './mailer.ts';
import { type Block, renderMail } from './template.ts';

export interface Addressee {
  readonly name: string;
  readonly email: string;
}

export interface OrderMailHead {
  /** Together with order and version it names the mail: told again, it is the same one. */
  readonly kind: string;
  readonly orderId: string;
  /** Number of the event it tells of. */
  readonly version: number;
  readonly to: Addressee;
}

export const price = (money: Money): string => `${toDecimal(money)} ${money.currency}`;

export const orderMail = (
  { kind, orderId, version, to }: OrderMailHead,
  subject: string,
  blocks: readonly Block[],
): Mail => ({
  operationId: deterministicId('mail', kind, orderId, String(version)),
  to: to.email,
  ...renderMail(subject, [`Hello ${to.name},`, ...blocks]),
  headers: { 'x-order-id': orderId },
});
