// For a laptop: has the stand-in of the payment provider tell us its events. In the cloud an operator registers the endpoint once.
import { app } from '@azure/functions';
import { ports } from '../../shared/adapters/ports.ts';
import { toAppError } from '../../shared/kernel/errors.ts';

app.hook.appStart(async () => {
  const { settings, paymentEvents } = ports();
  const { PREPARE_STORAGE: isLaptop, PAYMENTS_WEBHOOK_URL: url } = settings;
  if (!isLaptop || url === undefined) return;
  try {
    await paymentEvents.register(url);
  } catch (error) {
    console.warn(`payment events are left to reconciliation: ${toAppError(error).message}`);
  }
});
