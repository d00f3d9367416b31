// Event Grid tells that something waits for a person, is wrong, or is right again; operators get one mail, however often that is told.
// Without an address it stands in its list alone.
import { app } from '@azure/functions';
import { eventGridHandler } from '../../shared/adapters/functions/event-grid-handler.ts';
import { settings } from '../../shared/adapters/environment.ts';
import { alertCleared, alertRaised, operatorTaskRaised } from '../../shared/contracts/operations.ts';
import { type CloudEvent, type DataOf, readCloudEvent } from '../../shared/kernel/cloud-event.ts';
import { alertMail } from '../../shared/mail/alert-mail.ts';
import type { Mail } from '../../shared/mail/mailer.ts';
import { operatorAlert } from '../../shared/mail/operator-alert.ts';

app.eventGrid('alertOperator', {
  handler: eventGridHandler('alertOperator', async (event) => {
    const told = readCloudEvent(event, [operatorTaskRaised, alertRaised, alertCleared]);
    const { OPERATOR_EMAIL: operator } = settings();
    if (!operator) return;
    const { mailer } = await import('../mail/ports.ts');
    await mailer.send(mailOf(told, operator));
  }),
});

type Told = CloudEvent<DataOf<typeof operatorTaskRaised | typeof alertRaised>>;

const mailOf = ({ id, type, data }: Told, to: string): Mail =>
  'taskId' in data ? operatorAlert(data, to) : alertMail(data, { eventId: id, isOver: type === alertCleared.type, to });
