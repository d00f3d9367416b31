// Output binding of a table: one entity or many are inserted, those of one partition in batches; one that is there already
// fails the call. The table is made where it is missing.
import type { RestError, TableClient, TableEntity, TransactionAction } from '@azure/data-tables';
import { textOption } from '../binding-options.ts';
import { outputItems, type SendOutput } from '../output-items.ts';
import type { Environment } from '../settings.ts';
import { tableFinder } from './table-clients.ts';
import { fromJson } from './table-entity.ts';

const largestBatch = 100;

export function createTableOutput(environment: Environment): SendOutput {
  const find = tableFinder(environment);
  return async (binding, value, expand) => {
    const [partitionKey, rowKey] = ['partitionKey', 'rowKey'].map((name) => {
      const option = textOption(binding, name);
      return option === undefined ? undefined : expand(option);
    });
    const entities = outputItems(value)
      .flatMap(({ body }) => JSON.parse(body.toString()) as unknown)
      .map((entity) => fromJson(entity, { partitionKey, rowKey }));
    const table = find(binding, expand);
    for (const batch of batchesOf(entities)) await insert(table, batch);
  };
}

/** Of one partition each, no row twice, in the order the entities came. */
export function batchesOf(entities: readonly TableEntity[]): readonly (readonly TableEntity[])[] {
  const batches: TableEntity[][] = [];
  const open = new Map<string, TableEntity[]>();
  for (const entity of entities) {
    const current = open.get(entity.partitionKey);
    const fits = current && current.length < largestBatch && current.every(({ rowKey }) => rowKey !== entity.rowKey);
    if (fits) current.push(entity);
    else {
      const batch = [entity];
      batches.push(batch);
      open.set(entity.partitionKey, batch);
    }
  }
  return batches;
}

async function insert(table: TableClient, batch: readonly TableEntity[]): Promise<void> {
  const actions = batch.map((entity): TransactionAction => ['create', entity]);
  try {
    await table.submitTransaction(actions);
  } catch (error) {
    if ((error as RestError).statusCode !== 404) throw error;
    await table.createTable();
    await table.submitTransaction(actions);
  }
}
