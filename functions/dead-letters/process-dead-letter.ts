// The one surface of every message that nobody could handle, sent here by the settlement rule or forwarded by the broker.
import { app } from '@azure/functions';
import { deadLetterHandler } from '../../shared/adapters/functions/dead-letter-handler.ts';
import { queueTrigger } from '../../shared/adapters/functions/message-handler.ts';
import { queues } from '../../shared/kernel/topology.ts';

app.serviceBusQueue('processDeadLetter', {
  ...queueTrigger(queues.deadLetters),
  handler: deadLetterHandler(async (context) => (await import('./arrival-ports.ts')).arrivalPorts(context)),
});
