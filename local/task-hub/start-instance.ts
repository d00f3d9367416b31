// Starting an instance: by a client, or by a parent as a sub-orchestration.
import { eventType, happened } from '../durable-protocol/history-event.ts';
import { type InstanceRecord, type Moment, type Parent, type Step, isFinished } from './instance.ts';

export interface StartRequest {
  readonly instanceId: string;
  readonly name: string;
  /** JSON text. */
  readonly input: string | null;
  readonly version?: string;
  readonly parent?: Parent;
}

/** An id may be used again once its instance has finished (Azure's NonRunningStates); undefined: it has not. */
export function startInstance(
  existing: InstanceRecord | undefined,
  request: StartRequest,
  { nowMs, freshExecutionId }: Moment,
): (Step & { record: InstanceRecord }) | undefined {
  if (existing && !isFinished(existing)) return undefined;
  const { name, input, version } = request;
  const started = happened(nowMs, {
    EventType: eventType.executionStarted,
    Name: name,
    Input: input,
    ...(version !== undefined && { Version: version }),
  });
  const record: InstanceRecord = {
    ...request,
    executionId: freshExecutionId,
    status: 'Pending',
    output: null,
    customStatus: null,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  };
  return { restart: true, record, arrived: [{ seq: 0, event: started }] };
}
