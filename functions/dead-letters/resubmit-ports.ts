// What a resubmission needs of the world. Only a function with a Durable client can put an orchestration back to work.
import { type DurableClient, OrchestrationRuntimeStatus } from 'durable-functions';
import { claims } from '../../shared/adapters/blobs/claims.ts';
import { events } from '../../shared/adapters/messaging/event-grid.ts';
import { guards } from '../../shared/adapters/resilience/guards.ts';
import { sender } from '../../shared/adapters/messaging/service-bus.ts';
import { resend } from '../../shared/adapters/messaging/resend.ts';
import { hub } from '../../shared/adapters/messaging/event-hubs.ts';
import type { ResubmitPorts } from '../../shared/dead-letters/resubmit.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { deadLetters } from './ports.ts';

export function resubmitPorts(client?: DurableClient): ResubmitPorts {
  return {
    letters: deadLetters,
    claims,
    resend: resend({
      sender,
      events,
      hub,
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
