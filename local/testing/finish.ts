// Waits for an orchestration instance to end, and says what it waits for when it does not.
import type { Engine } from '../task-hub/engine.ts';
import { type Instance, type OpenTask, isFinished } from '../task-hub/instance.ts';
import type { PassingTime } from './passing-time.ts';

export interface FinishedInstance {
  readonly instanceId: string;
  readonly name: string;
  readonly status: 'Completed' | 'Failed' | 'Terminated';
  readonly input: unknown;
  /** What it returned, or the text of its failure. */
  readonly output: unknown;
  readonly customStatus: unknown;
}

export interface FinishTools {
  readonly hub: Engine;
  readonly time: PassingTime;
}

/** @throws Error saying what the instance waits for */
export async function finish(
  { hub, time }: FinishTools,
  instanceId: string,
  withinMs: number,
): Promise<FinishedInstance> {
  const hasFinished = async () => {
    const record = await hub.instances.record(instanceId);
    return record !== undefined && isFinished(record);
  };
  if (!(await time.until(hasFinished, withinMs)))
    throw new Error(await hub.instances.withInstance(instanceId, async (instance) => unfinished(instanceId, instance)));
  const record = await hub.instances.record(instanceId);
  if (!record) throw new Error(`Instance '${instanceId}' has been purged.`);
  const { name, status, input, output, customStatus } = record;
  return {
    instanceId,
    name,
    status: status as FinishedInstance['status'],
    input: parsed(input),
    output: parsed(output),
    customStatus: parsed(customStatus),
  };
}

function parsed(json: string | null): unknown {
  return json === null ? null : JSON.parse(json);
}

function unfinished(instanceId: string, instance: Instance | undefined): string {
  if (!instance) return `There is no instance '${instanceId}', and nothing that is due starts one.`;
  const { record, open } = instance;
  const waits = [...open.values()].map(describe).join(', ') || 'an external event';
  return `Instance '${instanceId}' of '${record.name}' is ${record.status} and does not finish: it waits for ${waits}. Raise the event it needs, or give it more time with withinMs.`;
}

function describe(task: OpenTask): string {
  switch (task.kind) {
    case 'timer':
      return `a timer at ${new Date(task.fireAtMs).toISOString()}`;
    case 'activity':
      return `activity '${task.name}'`;
    case 'sub-orchestration':
      return `sub-orchestration '${task.name}'`;
    case 'entity-call':
      return `entity ${task.entityId}`;
    case 'lock':
      return `the lock of ${task.entityIds.join(', ')}`;
  }
}
