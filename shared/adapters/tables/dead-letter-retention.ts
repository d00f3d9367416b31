// Dead letters that were closed long ago go with their history; then bodies without a letter go. Open letters stay for as long as they
// are open. Run again after a crash it goes on: a body is removed only once its letter is gone.
import type { TableClient, TransactionAction } from '@azure/data-tables';
import type { ContainerClient } from '@azure/storage-blob';
import type { DeadLetter, DeadLetterState } from '../../dead-letters/dead-letter.ts';
import { orUndefined, unlessStatus, withStorage } from '../storage-errors.ts';
import {
  invert,
  letterKey,
  type LetterRow,
  listKey,
  listPrefix,
  partitionOf,
  partitions,
  toLetter,
} from './dead-letters.ts';
import { tableRows } from './page.ts';

const closed: readonly DeadLetterState[] = ['repaired', 'resubmitted', 'discarded'];

/** A body is stored before its letter. */
const bodyGraceMs = 24 * 3_600_000;

/** Of a batch [Table service entity group transactions]. */
const mostRows = 100;

/** Removes the letters that nothing happened to since `before`; answers how many. @throws AppError storage-unavailable */
export async function collectLetters(table: TableClient, before: Date): Promise<number> {
  let collected = 0;
  for (const partition of partitions) {
    for (const state of closed) {
      const [from, to] = [`${listPrefix(state)}${invert(before.getTime())}`, `${listPrefix(state).slice(0, -1)}.`];
      const filter = `PartitionKey eq '${partition}' and RowKey gt '${from}' and RowKey lt '${to}'`;
      for await (const row of tableRows<LetterRow>(table, filter)) {
        const listed = toLetter(row);
        if (Date.parse(listed.updatedAt) < before.getTime() && (await remove(table, listed))) collected += 1;
      }
    }
  }
  return collected;
}

/** The letter's own row first, its place in the list last: by it a run after a crash goes on. False where the letter has changed. */
async function remove(table: TableClient, listed: DeadLetter): Promise<boolean> {
  const partitionKey = partitionOf(listed.id);
  const row = await orUndefined(() => table.getEntity<LetterRow>(partitionKey, letterKey(listed.id)));
  if (row !== undefined) {
    if (toLetter(row).updatedAt !== listed.updatedAt) return false;
    // A letter that is opened again meanwhile has another ETag, and stays.
    const { etag } = row;
    if (!(await unlessStatus([404, 412], () => table.deleteEntity(partitionKey, letterKey(listed.id), { etag }))))
      return false;
  }
  const history: string[] = [];
  const keys = `RowKey ge 'history-${listed.id}-' and RowKey lt 'history-${listed.id}.'`;
  for await (const { rowKey } of tableRows<object>(table, `PartitionKey eq '${partitionKey}' and ${keys}`)) {
    if (rowKey !== undefined) history.push(rowKey);
  }
  while (history.length > 0) {
    const batch = history.splice(0, mostRows).map((rowKey): TransactionAction => ['delete', { partitionKey, rowKey }]);
    await withStorage(() => table.submitTransaction(batch));
  }
  await unlessStatus([404], () => table.deleteEntity(partitionKey, listKey(listed)));
  return true;
}

/** Removes bodies whose letter is gone; answers how many. @throws AppError storage-unavailable */
export async function collectBodies(table: TableClient, bodies: ContainerClient, now: Date): Promise<number> {
  let collected = 0;
  for await (const { name, properties } of bodies.listBlobsFlat()) {
    if (properties.lastModified.getTime() > now.getTime() - bodyGraceMs) continue;
    const [id = ''] = name.split('/');
    const letter = await orUndefined(() => table.getEntity(partitionOf(id), letterKey(id)));
    if (letter === undefined && (await unlessStatus([404], () => bodies.deleteBlob(name)))) collected += 1;
  }
  return collected;
}
