import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  cancelIntent,
  captureIntent,
  confirmIntent,
  createIntent,
  type PaymentIntent,
  refundableAmount,
} from '../../../../local/stand-ins/payments/payment-intent.ts';

const created = (over: Partial<Parameters<typeof createIntent>[0]> = {}): PaymentIntent =>
  createIntent({
    id: 'pi_1',
    createdAtSeconds: 1,
    amountMinor: 1000,
    currency: 'eur',
    captureMethod: 'manual',
    paymentMethod: 'pm_card_visa',
    metadata: {},
    ...over,
  });
const authorised = () => confirmIntent(created()).intent;
const charged = () => captureIntent(authorised()).intent;

describe('confirmIntent', () => {
  test('authorises when captured by hand', () => {
    expect(authorised()).toMatchObject({ status: 'requires_capture', amount_capturable: 1000, amount_received: 0 });
  });

  test('charges at once when captured automatically', () => {
    const { intent } = confirmIntent(created({ captureMethod: 'automatic' }));
    expect(intent).toMatchObject({ status: 'succeeded', amount_capturable: 0, amount_received: 1000 });
  });

  test('declines with the reason on the intent, and takes no money', () => {
    const { intent, refusal } = confirmIntent(created({ paymentMethod: 'pm_card_chargeDeclinedInsufficientFunds' }));
    expect(refusal).toMatchObject({ status: 402, code: 'card_declined', declineCode: 'insufficient_funds' });
    expect(intent).toMatchObject({ status: 'requires_payment_method', payment_method: null, amount_received: 0 });
    expect(intent.last_payment_error).toMatchObject({ decline_code: 'insufficient_funds' });
  });

  test('authorises a declined intent with another card', () => {
    const declined = confirmIntent(created({ paymentMethod: 'pm_card_chargeDeclined' })).intent;
    expect(confirmIntent(declined, 'pm_card_visa').intent).toMatchObject({
      status: 'requires_capture',
      last_payment_error: null,
    });
  });

  test('refuses without a payment method, and an unknown one', () => {
    expect(confirmIntent(created({ paymentMethod: undefined })).refusal?.code).toBe('payment_intent_unexpected_state');
    expect(confirmIntent(created(), 'pm_card_unheardOf').refusal?.code).toBe('resource_missing');
  });

  test('refuses twice', () => {
    expect(confirmIntent(authorised()).refusal?.code).toBe('payment_intent_unexpected_state');
  });
});

describe('captureIntent', () => {
  test('captures a part and releases the rest', () => {
    expect(captureIntent(authorised(), 400).intent).toMatchObject({ amount_received: 400, amount_capturable: 0 });
  });

  test('refuses more than is authorised', () => {
    const intent = authorised();
    expect(captureIntent(intent, 1001)).toMatchObject({ intent, refusal: { code: 'amount_too_large' } });
  });

  test('refuses whatever is not authorised', () => {
    const cancelled = cancelIntent(authorised(), 2, null).intent;
    for (const intent of [created(), charged(), cancelled]) {
      expect(captureIntent(intent)).toMatchObject({ intent, refusal: { code: 'payment_intent_unexpected_state' } });
    }
  });
});

describe('cancelIntent', () => {
  test('releases an authorisation', () => {
    expect(cancelIntent(authorised(), 7, 'abandoned').intent).toMatchObject({
      status: 'canceled',
      amount_capturable: 0,
      canceled_at: 7,
      cancellation_reason: 'abandoned',
    });
  });

  test('refuses what is charged', () => {
    expect(cancelIntent(charged(), 7, null).refusal?.message).toContain('status of succeeded');
  });
});

describe('refundableAmount', () => {
  test('is all of the charge without a wish', () => {
    expect(refundableAmount({ intent: charged(), refunds: [] })).toBe(1000);
  });

  test('refuses a refund of what is only authorised', () => {
    expect(refundableAmount({ intent: authorised(), refunds: [] })).toMatchObject({ status: 400 });
  });

  test('never lets refunds exceed the charge', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1500 })), (wishes) => {
        const intent = charged();
        const refunds: { amount: number }[] = [];
        for (const wish of wishes) {
          const amount = refundableAmount({ intent, refunds: refunds as never }, wish);
          if (typeof amount === 'number') refunds.push({ amount });
        }
        expect(refunds.reduce((sum, { amount }) => sum + amount, 0)).toBeLessThanOrEqual(1000);
      }),
    );
  });
});
