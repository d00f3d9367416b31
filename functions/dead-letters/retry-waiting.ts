// Each minute: letters whose dependency may be back are sent again. A circuit that is open here says that it is not.
import { app } from '@azure/functions';
import { guards } from '../../shared/adapters/resilience/guards.ts';
import type { DeadLetter } from '../../shared/dead-letters/dead-letter.ts';
import { repair } from '../../shared/dead-letters/process-arrival.ts';
import { toAppError } from '../../shared/kernel/errors.ts';

/** In one run; the others wait for the next. */
const mostLetters = 1_000;
const pageSize = 100;

app.timer('retryWaiting', {
  schedule: '30 * * * * *',
  handler: async (_timer, context) => {
    const [{ deadLetters }, { arrivalPorts }] = await Promise.all([import('./ports.ts'), import('./arrival-ports.ts')]);
    const retryBy = new Date().toISOString();
    let continuation: string | undefined;
    let retried = 0;
    for (let seen = 0; seen < mostLetters; seen += pageSize) {
      const page = await deadLetters.list({ state: 'open', retryBy }, { limit: pageSize, continuation });
      for (const letter of page.items) {
        if (isAway(letter)) continue;
        try {
          retried += (await repair(arrivalPorts(context), letter)) ? 1 : 0;
        } catch (thrown) {
          context.warn(`dead letter ${letter.id}: ${toAppError(thrown).message}; tried again in a minute`);
        }
      }
      continuation = page.continuation;
      if (continuation === undefined) break;
    }
    if (retried > 0) context.log(`${retried} dead letters were sent again: their dependencies may be back`);
  },
});

const isAway = ({ reason }: DeadLetter): boolean =>
  Object.values(guards).some((guard) => guard.limits.code === reason && guard.report().circuit === 'open');
