import { setTimeout as wait } from 'node:timers/promises';
import { tableTelemetryStore } from '../../shared/adapters/tables/telemetry-store.ts';
import { table } from '../../shared/adapters/tables/table.ts';
import { tables } from '../../shared/kernel/topology.ts';

export const telemetry = tableTelemetryStore(table(tables.telemetry), Math.random, wait);
