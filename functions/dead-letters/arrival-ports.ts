// What every arrival of a dead letter needs of the world.
import type { InvocationContext } from '@azure/functions';
import { contractsOf } from '../../shared/contracts/by-entity.ts';
import type { DeadLetter } from '../../shared/dead-letters/dead-letter.ts';
import type { ArrivalPorts } from '../../shared/dead-letters/process-arrival.ts';
import { repairLetter } from '../../shared/dead-letters/resubmit.ts';
import { toAppError } from '../../shared/kernel/errors.ts';
import { signals } from '../../shared/operations/signals.ts';
import { raiseAlert } from '../operations/ports.ts';
import { deadLetters } from './ports.ts';
import { resubmitPorts } from './resubmit-ports.ts';

export const arrivalPorts = (context: Pick<InvocationContext, 'warn'>): ArrivalPorts => ({
  deadLetters,
  contractsOf,
  repair: (id, repair) => repairLetter(resubmitPorts(), id, repair),
  alert: (letter) => alert(context, letter),
  now: Date.now,
});

/** The signals are measured each minute and raise the same: a letter that is stored waits for no alert. */
async function alert(context: Pick<InvocationContext, 'warn'>, { cause, description }: DeadLetter): Promise<void> {
  const { title, advice } = signals['dead-letters'];
  const wish = { name: 'dead-letters', subject: cause, title, detail: `${cause}: ${description}`, advice };
  try {
    await raiseAlert(wish);
  } catch (thrown) {
    context.warn(`${cause}: the alert is left to the next measure, ${toAppError(thrown).message}`);
  }
}
