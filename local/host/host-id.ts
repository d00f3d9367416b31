// By what the hosts of one app know each other in storage (azure-webjobs-hosts), as Core Tools name it: machine and folder.
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { Environment } from './settings.ts';

/** At most 32 of a-z, 0-9 and hyphens; the setting AzureFunctionsWebHost__hostid says another. */
export function hostIdOf(folder: string, environment: Environment): string {
  const given = environment['AzureFunctionsWebHost__hostid'];
  if (given) return given.toLowerCase();
  const machine = hostname()
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .slice(0, 20);
  return `${machine}-${createHash('sha256').update(folder).digest('hex').slice(0, 10)}`;
}
