// Dead letters: each with its place in the lists and its history in one partition, so that they change in one batch. A partition takes
// 2,000 entities a second [Scalability and performance targets for Table storage]: the letters are spread over a few.
import type { TableClient, TransactionAction } from '@azure/data-tables';
import type { ContainerClient } from '@azure/storage-blob';
import { AppError } from '../../kernel/errors.ts';
import { sha256Of } from '../../kernel/ids.ts';
import type {
  CauseGroup,
  DeadLetter,
  DeadLetterChange,
  DeadLetterEntry,
  DeadLetterFilter,
  DeadLetterState,
} from '../../dead-letters/dead-letter.ts';
import type { DeadLetterStore } from '../../dead-letters/dead-letter-store.ts';
import { orUndefined, unlessStatus, withStorage } from '../storage-errors.ts';
import { tableRows } from './page.ts';

export const partitions = ['0', '1', '2', '3'] as const;
const states: readonly DeadLetterState[] = ['open', 'repaired', 'resubmitted', 'discarded'];
const attempts = 8;

export interface LetterRow {
  readonly letter: string;
  /** How many entries its history has. */
  readonly entries: number;
  /** `letter1`, `letter2` …: the rest of a long one. */
  readonly [more: `letter${number}`]: string | undefined;
}

export const partitionOf = (id: string): string => String(Number.parseInt(id.slice(-1), 16) % partitions.length);

export const letterKey = (id: string): string => `letter-${id}`;
const historyKey = (id: string, number: number): string => `history-${id}-${String(number).padStart(6, '0')}`;

/** By inverted time, the newest first. */
export const invert = (at: string | number): string =>
  String(9_999_999_999_999 - new Date(at).getTime()).padStart(13, '0');
const placeOf = ({ arrivedAt, id }: DeadLetter): string => `${invert(arrivedAt)}-${id}`;
export const listPrefix = (state: DeadLetterState): string => `list-${state}-`;
export const listKey = (letter: DeadLetter): string => `${listPrefix(letter.state)}${placeOf(letter)}`;

/** What a filter asks for. */
const columns = (letter: DeadLetter) => ({
  cause: letter.cause,
  sourceEntity: letter.sourceEntity,
  reason: letter.reason,
  ...(letter.retryAt === undefined ? {} : { retryAt: letter.retryAt }),
});

/** A property holds 64 KiB in UTF-16 [Table service limits]; what a message has of its own may be as large. */
const partLength = 32_000;

function toColumns(letter: DeadLetter): Record<string, string> {
  const json = JSON.stringify(letter);
  const parts = Array.from({ length: Math.ceil(json.length / partLength) }, (_, index) => [
    index === 0 ? 'letter' : `letter${index}`,
    json.slice(index * partLength, (index + 1) * partLength),
  ]);
  return Object.fromEntries(parts) as Record<string, string>;
}

export function toLetter(row: LetterRow): DeadLetter {
  let json = row.letter;
  for (let part = 1; row[`letter${part}`] !== undefined; part += 1) json += row[`letter${part}`];
  return JSON.parse(json) as DeadLetter;
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

export function tableDeadLetters(table: TableClient, bodies: ContainerClient): DeadLetterStore {
  const read = (id: string) => orUndefined(() => table.getEntity<LetterRow>(partitionOf(id), letterKey(id)));
  const get = async (id: string) => {
    const row = await read(id);
    return row && toLetter(row);
  };
  const blob = (id: string, sha256: string) => bodies.getBlockBlobClient(`${id}/${sha256}`);
  return {
    get,
    history: async (id) => {
      const entries: DeadLetterEntry[] = [];
      const keys = `RowKey ge 'history-${id}-' and RowKey lt 'history-${id}.'`;
      const filter = `PartitionKey eq '${partitionOf(id)}' and ${keys}`;
      for await (const { entry } of tableRows<{ entry: string }>(table, filter)) {
        entries.push(JSON.parse(entry) as DeadLetterEntry);
      }
      return entries;
    },
    change: async (id, decide) => {
      for (let attempt = 1; attempt <= attempts; attempt += 1) {
        const row = await read(id);
        const before = row && toLetter(row);
        const change = decide(before);
        if (change === undefined) return before;
        const batch = changes(row, before, change);
        if (await unlessStatus([404, 409, 412], () => table.submitTransaction(batch))) return change.letter;
      }
      throw new AppError('concurrent-change', `The dead letter ${id} is being changed by others; try again`);
    },
    list: (filter, { limit, continuation }) => listLetters(table, filter, limit, continuation),
    groups: (state) => countByCause(table, state),
    body: async (id, bodySha256) => {
      const wanted = bodySha256 ?? (await get(id))?.bodySha256;
      const body = wanted === undefined ? undefined : await orUndefined(() => blob(id, wanted).downloadToBuffer());
      if (body === undefined) throw new AppError('dead-letter-not-found', `There is no dead letter ${id}`);
      return body;
    },
    putBody: async (id, body) => {
      const sha256 = sha256Of(body);
      await withStorage(() => blob(id, sha256).uploadData(Buffer.from(body)));
      return sha256;
    },
  };
}

/** The letter's own row decides who was quicker; the others follow it. */
function changes(
  row: (LetterRow & { readonly etag: string }) | undefined,
  before: DeadLetter | undefined,
  { letter, entry }: DeadLetterChange,
): TransactionAction[] {
  const partitionKey = partitionOf(letter.id);
  const number = (row?.entries ?? 0) + 1;
  const content = { partitionKey, ...toColumns(letter) };
  const own = { ...content, rowKey: letterKey(letter.id), entries: entry === undefined ? number - 1 : number };
  const batch: TransactionAction[] = [
    row === undefined ? ['create', own] : ['update', own, 'Replace', { etag: row.etag }],
    ['upsert', { ...content, ...columns(letter), rowKey: listKey(letter) }, 'Replace'],
  ];
  if (before !== undefined && listKey(before) !== listKey(letter)) {
    batch.push(['delete', { partitionKey, rowKey: listKey(before) }]);
  }
  if (entry !== undefined) {
    const rowKey = historyKey(letter.id, number);
    batch.push(['create', { partitionKey, rowKey, entry: JSON.stringify(entry) }]);
  }
  return batch;
}

/** The lists of every partition and state are one, ordered by place; a page goes on behind the last place of the one before. */
async function listLetters(table: TableClient, filter: DeadLetterFilter, limit: number, continuation?: string) {
  if (continuation !== undefined && !/^\d{13}-[\da-f-]{36}$/.test(continuation)) {
    const detail = 'not a continuation that a page before gave out';
    const errors = [{ pointer: 'continuation', code: 'invalid_format', detail }];
    throw new AppError('invalid-request', `The continuation is ${detail}`, { errors });
  }
  const lists = (filter.state === undefined ? states : [filter.state]).flatMap((state) =>
    partitions.map((partition) => firstRows(table, queryOf(partition, state, filter, continuation), limit + 1)),
  );
  const found = (await Promise.all(lists)).flat().toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, ...(last === undefined || found.length <= limit ? {} : { continuation: placeOf(last) }) };
}

function queryOf(partition: string, state: DeadLetterState, filter: DeadLetterFilter, after?: string): string {
  const { cause, sourceEntity, reason, since, until, retryBy } = filter;
  const prefix = listPrefix(state);
  const begin = after ?? (until === undefined ? '' : invert(until));
  const end = since === undefined ? `${prefix.slice(0, -1)}.` : `${prefix}${invert(since)}.`;
  const asked = Object.entries({ cause, sourceEntity, reason }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} eq ${literal(value)}`],
  );
  return [
    `PartitionKey eq '${partition}'`,
    `RowKey gt '${prefix}${begin}'`,
    `RowKey lt '${end}'`,
    ...asked,
    ...(retryBy === undefined ? [] : [`retryAt le ${literal(retryBy)}`]),
  ].join(' and ');
}

async function firstRows(table: TableClient, filter: string, limit: number): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  // A page has 1,000 rows at most [Query timeout and pagination].
  const maxPageSize = Math.min(limit, 1_000);
  const pages = table.listEntities<LetterRow>({ queryOptions: { filter } }).byPage({ maxPageSize });
  for (;;) {
    const page = await withStorage(() => pages.next());
    if (page.done === true) return letters;
    letters.push(...page.value.map(toLetter));
    if (letters.length >= limit) return letters;
  }
}

/** Reads two columns of each letter of the state, a thousand letters a request. */
async function countByCause(table: TableClient, state: DeadLetterState): Promise<CauseGroup[]> {
  const groups = new Map<string, { count: number; oldest: string }>();
  const prefix = listPrefix(state);
  await Promise.all(
    partitions.map(async (partition) => {
      const queryOptions = { filter: queryOf(partition, state, {}), select: ['RowKey', 'cause'] };
      const rows = table.listEntities<{ cause: string }>({ queryOptions });
      for (
        let row = await withStorage(() => rows.next());
        row.done !== true;
        row = await withStorage(() => rows.next())
      ) {
        const { cause, rowKey = '' } = row.value;
        const place = rowKey.slice(prefix.length, prefix.length + 13);
        const { count, oldest } = groups.get(cause) ?? { count: 0, oldest: place };
        groups.set(cause, { count: count + 1, oldest: place > oldest ? place : oldest });
      }
    }),
  );
  return [...groups]
    .map(([cause, { count, oldest }]) => ({
      cause,
      count,
      oldestAt: new Date(9_999_999_999_999 - Number(oldest)).toISOString(),
    }))
    .toSorted((a, b) => b.count - a.count || (a.cause < b.cause ? -1 : 1));
}
