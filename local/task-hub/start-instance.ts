// Starting an instance: by a client, or by a parent as a sub-orchestration.
import { eventType, happened } from '../durable-protocol/history-event.ts';
import { parentMessages, unlockMessages } from './conclude.ts';
import { type InstanceRecord, type Moment, type Step, type TaskAddress, isFinished } from './instance.ts';

export interface StartRequest {
  readonly instanceId: string;
  readonly name: string;
  /** JSON text. */
  readonly input: string | null;
  readonly version?: string;
  readonly parent?: TaskAddress;
  /** Azure's AnyState: an instance of the id that is running is given up. Otherwise NonRunningStates. */
  readonly replacesRunning?: boolean;
}

/** Undefined: an instance of the id is running. */
export function startInstance(
  existing: InstanceRecord | undefined,
  request: StartRequest,
  { nowMs, freshExecutionId }: Moment,
): (Step & { record: InstanceRecord }) | undefined {
  const { replacesRunning, ...wanted } = request;
  const running = existing && !isFinished(existing) ? existing : undefined;
  if (running && !replacesRunning) return undefined;
  const { name, input, version } = wanted;
  const started = happened(nowMs, {
    EventType: eventType.executionStarted,
    Name: name,
    Input: input,
    ...(version !== undefined && { Version: version }),
  });
  const record: InstanceRecord = {
    ...wanted,
    executionId: freshExecutionId,
    status: 'Pending',
    output: null,
    customStatus: null,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  };
  const end = { kind: 'failed', message: 'The instance was replaced by a new one of its id.' } as const;
  const messages = running ? [...unlockMessages(running), ...parentMessages(running, end)] : [];
  return { restart: true, record, arrived: [{ seq: 0, event: started }], messages };
}
