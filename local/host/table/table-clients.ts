// The table a binding means, by its name with expressions and its connection.
import { TableClient } from '@azure/data-tables';
import type { Expand } from '../binding-expressions.ts';
import { connectionOf, neededOption } from '../binding-options.ts';
import type { Binding } from '../function-app.ts';
import type { Environment } from '../settings.ts';

/** One client a table. */
export function tableFinder(environment: Environment): (binding: Binding, expand: Expand) => TableClient {
  const tables = new Map<string, TableClient>();
  return (binding, expand) => {
    const connection = connectionOf(binding, environment);
    const name = expand(neededOption(binding, 'tableName'));
    const key = `${connection}\n${name}`;
    const table =
      tables.get(key) ?? TableClient.fromConnectionString(connection, name, { allowInsecureConnection: true });
    tables.set(key, table);
    return table;
  };
}
