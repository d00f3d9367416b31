import { TableClient } from '@azure/data-tables';
import { need, settings } from '../environment.ts';
import { identity } from '../identity.ts';
import { guardedOptions } from '../resilience/guarded-http.ts';
import { guards } from '../resilience/guards.ts';

/** By connection string where one is set, by identity elsewhere; guarded. */
export function table(name: string): TableClient {
  const { AzureWebJobsStorage: storage } = settings();
  const options = guardedOptions(guards.storage);
  return storage === undefined
    ? new TableClient(need('AzureWebJobsStorage__tableServiceUri'), name, identity, options)
    : TableClient.fromConnectionString(storage, name, { ...options, allowInsecureConnection: true });
}
