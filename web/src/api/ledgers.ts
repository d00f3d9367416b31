// What the stand-ins of the local Azure have in their books.
import { ask } from './ask.ts';

export interface Payment {
  readonly id: string;
  readonly orderId?: string;
  readonly status: string;
  readonly amountMinor: number;
  readonly capturedMinor: number;
  readonly refundedMinor: number;
  readonly currency: string;
}

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly sentAt: string;
}

export const payments = () => ask<Payment[]>('/local/payments');
export const mails = () => ask<Mail[]>('/local/mail');
