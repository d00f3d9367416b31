// For a laptop: has the stand-in of the payment provider tell us its events. In the cloud an operator registers the endpoint once.
import { app } from '@azure/functions';
import { settings } from '../../shared/adapters/environment.ts';
import { toAppError } from '../../shared/kernel/errors.ts';

app.hook.appStart(async () => {
  const { PREPARE_STORAGE: isLaptop, PAYMENTS_WEBHOOK_URL: url } = settings();
  if (!isLaptop || url === undefined) return;
  try {
    const { paymentEvents } = await import('./ports.ts');
    await paymentEvents.register(url);
  } catch (error) {
    console.warn(`payment events are left to reconciliation: ${toAppError(error).message}`);
  }
});
