// Operator tasks in one partition, so that a task, its place in the lists and its history change in one batch. They are few.
import type { TableClient, TransactionAction } from '@azure/data-tables';
import { AppError } from '../../kernel/errors.ts';
import type { OperatorTask, TaskChange, TaskEntry } from '../../operations/operator-task.ts';
import type { TaskStore } from '../../operations/task-store.ts';
import { orUndefined, unlessStatus, withStorage } from '../storage-errors.ts';
import { tablePage } from './page.ts';

const partition = 'tasks';
const attempts = 8;

interface TaskRow {
  readonly task: string;
  /** How many entries its history has. */
  readonly entries: number;
}

const taskKey = (taskId: string): string => `task-${taskId}`;

/** Open ones first, and by inverted time the newest of them. */
const lists = { open: 'list-1-', closed: 'list-2-' } as const;
const listKey = ({ state, raisedAt, taskId }: OperatorTask): string =>
  `${lists[state]}${String(9_999_999_999_999 - Date.parse(raisedAt)).padStart(13, '0')}-${taskId}`;

const historyKey = (taskId: string, number: number): string => `history-${taskId}-${String(number).padStart(6, '0')}`;

/** Every key that begins so: '.' follows '-'. */
const keysFrom = (prefix: string): string =>
  `PartitionKey eq '${partition}' and RowKey ge '${prefix}' and RowKey lt '${prefix.slice(0, -1)}.'`;

const toTask = ({ task }: TaskRow): OperatorTask => JSON.parse(task) as OperatorTask;

export function tableOperatorTasks(table: TableClient): TaskStore {
  const read = (taskId: string) => orUndefined(() => table.getEntity<TaskRow>(partition, taskKey(taskId)));
  return {
    get: async (taskId) => {
      const row = await read(taskId);
      return row && toTask(row);
    },
    history: (taskId) =>
      withStorage(async () => {
        const entries: TaskEntry[] = [];
        const filter = keysFrom(`history-${taskId}-`);
        for await (const { entry } of table.listEntities<{ entry: string }>({ queryOptions: { filter } })) {
          entries.push(JSON.parse(entry) as TaskEntry);
        }
        return entries;
      }),
    change: async (taskId, decide) => {
      for (let attempt = 1; attempt <= attempts; attempt += 1) {
        const row = await read(taskId);
        const before = row && toTask(row);
        const change = decide(before);
        if (change === undefined) return before;
        const batch = changes(row, before, change);
        if (await unlessStatus([404, 409, 412], () => table.submitTransaction(batch))) return change.task;
      }
      throw new AppError('concurrent-change', `The task ${taskId} is being changed by others; try again`);
    },
    list: async (state, page) => {
      const filter = keysFrom(state === undefined ? 'list-' : lists[state]);
      const { rows, ...rest } = await tablePage<TaskRow>(table, filter, page);
      return { items: rows.map(toTask), ...rest };
    },
  };
}

/** The task's own row decides who was quicker; the others follow it. */
function changes(
  row: (TaskRow & { readonly etag: string }) | undefined,
  before: OperatorTask | undefined,
  { task, entry }: TaskChange,
): TransactionAction[] {
  const number = (row?.entries ?? 0) + 1;
  const content = { partitionKey: partition, task: JSON.stringify(task) };
  const own = { ...content, rowKey: taskKey(task.taskId), entries: entry === undefined ? number - 1 : number };
  const batch: TransactionAction[] = [
    row === undefined ? ['create', own] : ['update', own, 'Replace', { etag: row.etag }],
    ['upsert', { ...content, rowKey: listKey(task) }, 'Replace'],
  ];
  if (before !== undefined && listKey(before) !== listKey(task)) {
    batch.push(['delete', { partitionKey: partition, rowKey: listKey(before) }]);
  }
  if (entry !== undefined) {
    const rowKey = historyKey(task.taskId, number);
    batch.push(['create', { partitionKey: partition, rowKey, entry: JSON.stringify(entry) }]);
  }
  return batch;
}
