// How instances lie in the store: a record, and in spaces of their own the history, inbox and open tasks, row by row,
// so that a step writes what it changes and no more.
import type { Change, Store } from '../store/store.ts';
import { type Instance, type Step, applyStep, emptyInstance } from './instance.ts';
import type { Arrival, InstanceRecord, OpenTask } from './instance.ts';
import type { HistoryEvent } from '../durable-protocol/history-event.ts';
import { eachRow, numbered, ownedRows, padded, parse, put, remove } from './rows.ts';

export const spaces = {
  instances: 'task-hub.instances',
  history: 'task-hub.history',
  inbox: 'task-hub.inbox',
  tasks: 'task-hub.tasks',
  timers: 'task-hub.timers',
} as const;

/** A timer's row is its key; the rows stand in the order in which they are due. */
export interface DueTimer {
  readonly fireAtMs: number;
  readonly instanceId: string;
  readonly taskId: number;
}

const nothing = new Uint8Array();

const timerKey = (fireAtMs: number, instanceId: string, taskId: number) =>
  `${padded(Math.max(0, fireAtMs), 16)}/${numbered(instanceId, taskId)}`;

/** The rows `step` changes; `before` is the instance it was decided on. */
export function stepChanges(before: Instance, step: Step): Change[] {
  const { instanceId } = before.record;
  const changes = step.restart ? executionRemoved(before) : [];
  if (step.record) changes.push(put(spaces.instances, instanceId, step.record));
  for (const seq of step.taken ?? []) changes.push(remove(spaces.inbox, numbered(instanceId, seq)));
  const historyLength = step.restart ? 0 : before.history.length;
  for (const [index, event] of (step.history ?? []).entries())
    changes.push(put(spaces.history, numbered(instanceId, historyLength + index), event));
  for (const arrival of step.arrived ?? []) changes.push(put(spaces.inbox, numbered(instanceId, arrival.seq), arrival));
  const closed = new Set(step.closed);
  for (const task of step.opened ?? []) if (!closed.has(task.taskId)) changes.push(...taskOpened(instanceId, task));
  for (const taskId of closed) {
    const task = before.open.get(taskId);
    if (task) changes.push(...taskClosed(instanceId, task));
  }
  return changes;
}

function taskOpened(instanceId: string, task: OpenTask): Change[] {
  const row = put(spaces.tasks, numbered(instanceId, task.taskId), task);
  if (task.kind !== 'timer') return [row];
  return [row, { space: spaces.timers, key: timerKey(task.fireAtMs, instanceId, task.taskId), value: nothing }];
}

function taskClosed(instanceId: string, task: OpenTask): Change[] {
  const row = remove(spaces.tasks, numbered(instanceId, task.taskId));
  if (task.kind !== 'timer') return [row];
  return [row, remove(spaces.timers, timerKey(task.fireAtMs, instanceId, task.taskId))];
}

function executionRemoved({ record: { instanceId }, history, inbox, open }: Instance): Change[] {
  return [
    ...history.map((_, index) => remove(spaces.history, numbered(instanceId, index))),
    ...inbox.map(({ seq }) => remove(spaces.inbox, numbered(instanceId, seq))),
    ...[...open.values()].flatMap((task) => taskClosed(instanceId, task)),
  ];
}

/** Everything of an instance. */
export function purgeChanges(instance: Instance): Change[] {
  return [...executionRemoved(instance), remove(spaces.instances, instance.record.instanceId)];
}

export function timerRemoved({ fireAtMs, instanceId, taskId }: DueTimer): Change {
  return remove(spaces.timers, timerKey(fireAtMs, instanceId, taskId));
}

export async function loadRecord(store: Store, instanceId: string): Promise<InstanceRecord | undefined> {
  const bytes = await store.get(spaces.instances, instanceId);
  return bytes && (parse(bytes) as InstanceRecord);
}

export async function loadInstance(store: Store, instanceId: string): Promise<Instance | undefined> {
  const [record, history, arrived, opened] = await Promise.all([
    loadRecord(store, instanceId),
    ownedRows<HistoryEvent>(store, spaces.history, instanceId),
    ownedRows<Arrival>(store, spaces.inbox, instanceId),
    ownedRows<OpenTask>(store, spaces.tasks, instanceId),
  ]);
  if (!record) return undefined;
  const instance = emptyInstance(record);
  applyStep(instance, { history, arrived, opened });
  return instance;
}

/** Records in the order of their ids, from the id `fromId` on, or after `afterId`. */
export async function* eachRecord(store: Store, fromId: string, afterId?: string): AsyncGenerator<InstanceRecord> {
  const from = afterId === undefined ? fromId : `${afterId}\0`;
  for await (const { value } of eachRow(store, spaces.instances, from)) yield parse(value) as InstanceRecord;
}

export async function* eachOpenActivity(
  store: Store,
): AsyncGenerator<{ instanceId: string; executionId: string; taskId: number }> {
  let record: InstanceRecord | undefined;
  for await (const { key, value } of eachRow(store, spaces.tasks)) {
    const { kind, taskId } = parse(value) as OpenTask;
    if (kind !== 'activity') continue;
    const instanceId = key.slice(0, key.lastIndexOf('/'));
    if (record?.instanceId !== instanceId) record = await loadRecord(store, instanceId);
    if (record) yield { instanceId, executionId: record.executionId, taskId };
  }
}

/** The first `limit` timers, whether due or not. */
export async function nextTimers(store: Store, limit: number): Promise<DueTimer[]> {
  const rows = await store.scan(spaces.timers, { limit });
  return rows.map(({ key }) => {
    const first = key.indexOf('/');
    const last = key.lastIndexOf('/');
    return {
      fireAtMs: Number(key.slice(0, first)),
      instanceId: key.slice(first + 1, last),
      taskId: Number(key.slice(last + 1)),
    };
  });
}
