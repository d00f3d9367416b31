// Input binding of a table: one entity by both keys (undefined, as in Azure, where there is none), otherwise an array, by
// partition, filter and take [learn.microsoft.com/azure/azure-functions/functions-bindings-storage-table-input].
import { odata, type RestError, type TableClient } from '@azure/data-tables';
import type { Expand } from '../binding-expressions.ts';
import { textOption } from '../binding-options.ts';
import type { Binding, TypedData } from '../function-app.ts';
import type { ReadInput } from '../read-input.ts';
import type { Environment } from '../settings.ts';
import { tableFinder } from './table-clients.ts';
import { toJson } from './table-entity.ts';

export function createTableInput(environment: Environment): ReadInput {
  const find = tableFinder(environment);
  return async (binding, expand) => {
    const table = find(binding, expand);
    const [partitionKey, rowKey] = ['partitionKey', 'rowKey'].map((name) => {
      const value = textOption(binding, name);
      return value === undefined ? undefined : expand(value);
    });
    if (partitionKey !== undefined && rowKey !== undefined) return readOne(table, partitionKey, rowKey);
    return { json: JSON.stringify(await readMany(table, binding, partitionKey, expand)) };
  };
}

async function readOne(table: TableClient, partitionKey: string, rowKey: string): Promise<TypedData | undefined> {
  try {
    return { json: JSON.stringify(toJson(await table.getEntity(partitionKey, rowKey))) };
  } catch (error) {
    if ((error as RestError).statusCode === 404) return undefined;
    throw error;
  }
}

async function readMany(
  table: TableClient,
  binding: Binding,
  partitionKey: string | undefined,
  expand: Expand,
): Promise<readonly object[]> {
  const take = Number(binding['take'] ?? 0);
  const filter = filterOf(binding, partitionKey, expand);
  const entities: object[] = [];
  try {
    for await (const entity of table.listEntities(filter === '' ? {} : { queryOptions: { filter } })) {
      entities.push(toJson(entity));
      if (entities.length === take) break;
    }
  } catch (error) {
    // A table that is not there yet has no entities.
    if ((error as RestError).statusCode !== 404) throw error;
  }
  return entities;
}

function filterOf(binding: Binding, partitionKey: string | undefined, expand: Expand): string {
  const filter = textOption(binding, 'filter');
  const conditions = [
    partitionKey === undefined ? undefined : odata`PartitionKey eq ${partitionKey}`,
    filter === undefined ? undefined : `(${expand(filter, quoteForFilter)})`,
  ];
  return conditions.filter((each) => each !== undefined).join(' and ');
}

/** A value stays within its quotes; outside of quotes it is a number, a boolean or a name. @throws Error when it is none */
export function quoteForFilter(value: string, before: string): string {
  const isQuoted = before.split("'").length % 2 === 0;
  if (isQuoted) return value.replaceAll("'", "''");
  if (!/^-?[\w.]+$/.test(value)) throw new Error(`'${value}' cannot stand in a table's filter without quotes.`);
  return value;
}
