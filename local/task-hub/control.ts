// What a client may do to an instance that is there: raise an event, suspend, resume, terminate.
import { parentMessages, unlockMessages } from './conclude.ts';
import { eventType, happened } from '../durable-protocol/history-event.ts';
import { type Instance, type Moment, type Step, isFinished, nextSeq } from './instance.ts';

/** An event waits in the inbox until the orchestrator asks for it; undefined: the instance has finished. */
export function raiseEvent(instance: Instance, name: string, input: string, { nowMs }: Moment): Step | undefined {
  if (isFinished(instance.record)) return undefined;
  const event = happened(nowMs, { EventType: eventType.eventRaised, Name: name, Input: input });
  return { arrived: [{ seq: nextSeq(instance), event }] };
}

/** No episode runs until resume; results and events keep arriving. Undefined: the instance has finished. */
export function suspend({ record }: Instance, { nowMs }: Moment): Step | undefined {
  if (isFinished(record)) return undefined;
  return { record: { ...record, status: 'Suspended', updatedAtMs: nowMs } };
}

/** Undefined: the instance has finished. */
export function resume({ record, history }: Instance, { nowMs }: Moment): Step | undefined {
  if (isFinished(record)) return undefined;
  if (record.status !== 'Suspended') return {};
  return { record: { ...record, status: history.length === 0 ? 'Pending' : 'Running', updatedAtMs: nowMs } };
}

/**
 * Ends the instance where it stands; activities under way run on, unheard. Undefined: it has finished.
 * Differs from Azure: there the entities that a terminated instance has locked stay locked until the storage is cleaned.
 */
export function terminate(instance: Instance, reason: string | null, { nowMs }: Moment): Step | undefined {
  const { record, inbox, open } = instance;
  if (isFinished(record)) return undefined;
  const { pendingOutcome: _, lock: __, ...rest } = record;
  const output = JSON.stringify(reason);
  const message = `The instance was terminated${reason ? `: ${reason}` : '.'}`;
  return {
    record: { ...rest, status: 'Terminated', output, updatedAtMs: nowMs },
    history: [happened(nowMs, { EventType: eventType.executionTerminated, Result: output })],
    taken: inbox.map(({ seq }) => seq),
    closed: [...open.keys()],
    messages: [...unlockMessages(record), ...parentMessages(record, { kind: 'failed', message })],
  };
}
