// Which generation of a projection is read: one row a projection, changed by ETag.
import type { TableClient } from '@azure/data-tables';
import { AppError } from '../../kernel/errors.ts';
import { newProjection, type Projection } from '../../projections/projection.ts';
import type { ProjectionStore } from '../../projections/rebuild.ts';
import { orUndefined, unlessStatus } from '../storage-errors.ts';

const partitionKey = 'projection';
const attempts = 8;

export function tableProjections(table: TableClient): ProjectionStore {
  const get = async (name: string): Promise<{ readonly projection: Projection; readonly etag?: string }> => {
    const row = await orUndefined(() => table.getEntity<{ state: string }>(partitionKey, name));
    if (row === undefined) return { projection: newProjection };
    return { projection: JSON.parse(row.state) as Projection, etag: row.etag };
  };
  return {
    read: async (name) => (await get(name)).projection,
    change: async (name, decide) => {
      for (let attempt = 1; attempt <= attempts; attempt += 1) {
        const { projection, etag } = await get(name);
        const changed = decide(projection);
        if (changed === projection) return projection;
        const row = { partitionKey, rowKey: name, state: JSON.stringify(changed) };
        const isWritten = await (etag === undefined
          ? unlessStatus([409], () => table.createEntity(row))
          : unlessStatus([412], () => table.updateEntity(row, 'Replace', { etag })));
        if (isWritten) return changed;
      }
      throw new AppError('concurrent-change', `The projection ${name} is being changed by others; try again`);
    },
  };
}
