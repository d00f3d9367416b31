// The local Table service as a process that can be killed: tells its port. Arguments: its directory, and its port if any.
import { openStore } from '../../../local/store/store.ts';
import { startTablesServer } from '../../../local/tables/server.ts';

const store = await openStore({ directory: process.argv[2] ?? '' });
const { port } = await startTablesServer({ store, port: Number(process.argv[3] ?? 0), tables: ['orders'] });
process.send?.(port);
process.once('disconnect', () => process.exit());
