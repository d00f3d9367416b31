// Results on their way to the hub: each is sent until the hub has it or says that it came too late.
import { setTimeout as delay } from 'node:timers/promises';
import type { ResultAnswer, WorkResult } from '../../durable-protocol/work.ts';
import { failedPlan } from './plan-episode.ts';

const firstRetryMs = 50;
const longestRetryMs = 1_000;

/** Resolves when the hub has it, or does not want it; or, with nothing more sent, soon after the signal is aborted. */
export async function deliverResult(
  made: WorkResult,
  send: (result: WorkResult) => Promise<ResultAnswer>,
  signal: AbortSignal,
): Promise<void> {
  let result = made;
  for (let retryMs = firstRetryMs; !signal.aborted; retryMs = Math.min(2 * retryMs, longestRetryMs)) {
    const answer = await send(result).catch((error: Error) => {
      if (error instanceof RangeError) result = withoutItsSize(made, error.message);
      return 'failed';
    });
    if (answer !== 'failed') return;
    await delay(retryMs, undefined, { signal }).catch(() => undefined);
  }
}

/** One that is too large to be sent is a failure that says so. */
function withoutItsSize(result: WorkResult, message: string): WorkResult {
  switch (result.of) {
    case 'activity':
      return { ...result, outcome: { kind: 'failed', Reason: message, Details: message } };
    case 'orchestration':
      return { of: result.of, leaseId: result.leaseId, instanceId: result.instanceId, ...failedPlan(message) };
    case 'entity':
      // Only who has the state of before can keep it: run-entity looks at the size.
      return result;
  }
}
