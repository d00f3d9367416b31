import { container } from '../../shared/adapters/blobs/blobs.ts';
import { tableBatchStops } from '../../shared/adapters/tables/batch-stops.ts';
import { tableDeadLetters } from '../../shared/adapters/tables/dead-letters.ts';
import { table } from '../../shared/adapters/tables/table.ts';
import { containers, tables } from '../../shared/kernel/topology.ts';

export const deadLetters = tableDeadLetters(table(tables.deadLetters), container(containers.deadLetterBodies));
export const batchStops = tableBatchStops(table(tables.deadLetters));
