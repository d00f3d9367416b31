// Event Grid tells that something waits for a person; operators get one mail, however often that is told. Without an address the
// task stands in its list alone.
import { app } from '@azure/functions';
import { eventGridHandler } from '../../shared/adapters/functions/event-grid-handler.ts';
import { ports } from '../../shared/adapters/ports.ts';
import { operatorTaskRaised } from '../../shared/contracts/operations.ts';
import { readCloudEvent } from '../../shared/kernel/cloud-event.ts';
import { operatorAlert } from '../../shared/mail/operator-alert.ts';

app.eventGrid('alertOperator', {
  handler: eventGridHandler('alertOperator', async (event) => {
    const { data } = readCloudEvent(event, [operatorTaskRaised]);
    const { settings, mailer } = ports();
    if (settings.OPERATOR_EMAIL) await mailer.send(operatorAlert(data, settings.OPERATOR_EMAIL));
  }),
});
