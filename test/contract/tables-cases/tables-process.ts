// The local Table service as a process that can be killed: tells its port. Argument: its directory.
import { openStore } from '../../../local/store/store.ts';
import { startTablesServer } from '../../../local/tables/server.ts';

const store = await openStore({ directory: process.argv[2] ?? '' });
const { port } = await startTablesServer({ store, port: 0, tables: ['orders'] });
process.send?.(port);
process.once('disconnect', () => process.exit());
