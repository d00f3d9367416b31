// What a resubmission needs of the world. Only a function with a Durable client can put an orchestration back to work.
import { type DurableClient, OrchestrationRuntimeStatus } from 'durable-functions';
import { ports } from '../../shared/adapters/ports.ts';
import { resend } from '../../shared/adapters/messaging/resend.ts';
import type { ResubmitPorts } from '../../shared/dead-letters/resubmit.ts';
import { AppError } from '../../shared/kernel/errors.ts';

export function resubmitPorts(client?: DurableClient): ResubmitPorts {
  const { deadLetters, claims, sender, events, connections, guards } = ports();
  return {
    letters: deadLetters,
    claims,
    resend: resend({
      sender,
      events,
      hub: (name) => connections.hub(name),
      guard: guards['event-hubs'],
      rewind: (instanceId, reason) => rewind(client, instanceId, reason),
    }),
    now: Date.now,
  };
}

/** One that has not failed, or not any more, needs nothing. */
async function rewind(client: DurableClient | undefined, instanceId: string, reason: string): Promise<void> {
  if (client === undefined) throw new AppError('no-way-back', 'An orchestration is put back by an operator');
  const { runtimeStatus } = await client.getStatus(instanceId).catch((cause: unknown) => {
    throw new AppError('no-way-back', `There is no orchestration ${instanceId} any more`, { cause });
  });
  if (runtimeStatus === OrchestrationRuntimeStatus.Failed) await client.rewind(instanceId, reason);
}
