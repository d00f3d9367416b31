// A table server as a process of its own, for the benchmark: `ours` or `azurite`, and a path for its data. Tells its port, and
// ends with its parent.
import { createRequire } from 'node:module';
import { openStore } from '../local/store/store.ts';
import { startTablesServer } from '../local/tables/server.ts';

interface AzuriteTables {
  start(): Promise<void>;
  getHttpServerAddress(): string;
}
type Constructor<T> = { default: new (...parameters: unknown[]) => T };

async function startAzurite(database: string): Promise<number> {
  const require = createRequire(import.meta.url);
  const { default: Configuration } = require('azurite/dist/src/table/TableConfiguration.js') as Constructor<object>;
  const { default: Server } = require('azurite/dist/src/table/TableServer.js') as Constructor<AzuriteTables>;
  // Host, port, keep-alive, database, debug log, access log and its stream and file, loose, skipApiVersionCheck.
  const options = ['127.0.0.1', 0, 5, database, false, false, undefined, undefined, false, true];
  const server = new Server(new Configuration(...options));
  await server.start();
  return Number(new URL(server.getHttpServerAddress()).port);
}

async function startOurs(directory: string): Promise<number> {
  const store = await openStore({ directory });
  return (await startTablesServer({ store, port: 0 })).port;
}

const [kind, path = ''] = process.argv.slice(2);
process.send?.(kind === 'azurite' ? await startAzurite(path) : await startOurs(path));
process.once('disconnect', () => process.exit());
