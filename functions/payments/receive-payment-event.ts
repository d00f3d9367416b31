// The provider's webhook. An event only says where to look: what is done follows from the order and from the provider's own ledger, so
// repeats and events out of order end alike. It is acknowledged when that is done; before, the provider sends it again.
import { app } from '@azure/functions';
import { httpEndpoint, readBounded } from '../../shared/adapters/functions/http-endpoint.ts';
import { settlePayment } from './settle-payment.ts';

const bodyLimitBytes = 256 * 1024;

app.http('receivePaymentEvent', {
  route: 'v1/webhooks/payments',
  methods: ['POST'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request, context) => {
    const body = await readBounded(request, bodyLimitBytes);
    const { paymentEvents, payments } = await import('./ports.ts');
    const hint = paymentEvents.read(body, request.headers.get('stripe-signature'));
    if (hint !== undefined) {
      const { orderChanges } = await import('../orders/ports.ts');
      const { raiseTask } = await import('../operations/ports.ts');
      const settled = await settlePayment({ orderChanges, payments, raiseTask }, hint);
      if (settled !== 'agreed') context.log(`payment ${hint.paymentId} of order ${hint.orderId}: ${settled}`);
    }
    return { status: 200, jsonBody: { received: true } };
  }),
});
