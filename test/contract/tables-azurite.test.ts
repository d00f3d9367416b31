// The contract of the Table service against Azurite's own server: what both hold is no invention of ours.
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { describeTables } from './tables-suite.ts';

interface AzuriteTables {
  start(): Promise<void>;
  close(): Promise<void>;
  getHttpServerAddress(): string;
}
type Constructor<T> = { default: new (...parameters: unknown[]) => T };

const require = createRequire(import.meta.url);
const directory = mkdtempSync(join(tmpdir(), 'azurite-tables-'));
let server: AzuriteTables;

beforeAll(async () => {
  const { default: Configuration } = require('azurite/dist/src/table/TableConfiguration.js') as Constructor<object>;
  const { default: Server } = require('azurite/dist/src/table/TableServer.js') as Constructor<AzuriteTables>;
  const database = join(directory, 'tables.json');
  // Host, port, keep-alive, database, debug log, access log and its stream and file, loose, skipApiVersionCheck.
  const skipped = [false, false, undefined, undefined, false, true];
  server = new Server(new Configuration('127.0.0.1', 0, 5, database, ...skipped));
  await server.start();
});

afterAll(async () => {
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});

describeTables(() => new URL(server.getHttpServerAddress()).origin, {
  'an entity beyond 1 MiB is refused': 'an insert is measured against 4 MiB only',
  '252 properties are stored and 253 are refused': 'properties are not counted',
  'a property name that is no identifier is refused': 'property names are not checked',
  'an account SAS allows what its permissions say': 'a refusal has no code',
  'a transaction is allowed by a table SAS': 'the requests in it are refused',
  'an upsert needs the permission to add': 'the permission to update is enough',
  'a signature for a range sees and changes that range only': 'ranges are signed and have no effect',
  'an expired, a premature and a changed signature are refused': 'a refusal has no code',
  'a signature that names a stored policy is worth what the policy is, and nothing without it':
    'a policy without a start is refused',
  'a filter that makes no sense is refused':
    'null is taken for a value; Azure answers InvalidInput (Azurite issue 2471)',
});
