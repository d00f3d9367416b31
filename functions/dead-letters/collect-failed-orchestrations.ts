// Every five minutes: orchestrations that failed since the last look become dead letters. A process that is new looks at all of a week,
// and finds those that are letters already.
import { app } from '@azure/functions';
import { getClient, input, OrchestrationRuntimeStatus } from 'durable-functions';
import { deadLetterIdOf } from '../../shared/dead-letters/dead-letter.ts';
import { failedOrchestration, orchestrationEntity } from '../../shared/dead-letters/left-behind.ts';
import { processArrival } from '../../shared/dead-letters/process-arrival.ts';

/** None of ours lives longer. */
const createdWithinMs = 7 * 86_400_000;

/** Two looks overlap by so much: clocks differ. */
const overlapMs = 60_000;

let lookedAt = 0;

app.timer('collectFailedOrchestrations', {
  schedule: '15 */5 * * * *',
  extraInputs: [input.durableClient()],
  handler: async (_timer, context) => {
    const now = Date.now();
    const failed = await getClient(context).getStatusBy({
      createdTimeFrom: new Date(now - createdWithinMs),
      runtimeStatus: [OrchestrationRuntimeStatus.Failed],
    });
    const [{ deadLetters }, { arrivalPorts }] = await Promise.all([import('./ports.ts'), import('./arrival-ports.ts')]);
    for (const { name, instanceId, lastUpdatedTime, ...status } of failed) {
      const failedAt = new Date(lastUpdatedTime);
      if (failedAt.getTime() < lookedAt - overlapMs) continue;
      const letter = await deadLetters.get(deadLetterIdOf(instanceId, orchestrationEntity(name)));
      const instance = {
        name,
        instanceId,
        failedAt: failedAt.toISOString(),
        input: status.input,
        output: status.output,
      };
      const outcome = await processArrival(arrivalPorts(context), failedOrchestration(letter, instance));
      if (outcome !== 'known') context.log(`${name} ${instanceId} failed: ${outcome}`);
    }
    lookedAt = now;
  },
});
