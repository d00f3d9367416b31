// A task hub in a process of its own, to be killed: its port goes to standard output once it listens.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openStore } from '../../local/store/store.ts';
import { createTaskHub } from '../../local/task-hub/task-hub.ts';

const [directory = '', port = '0'] = process.argv.slice(2);
const hub = createTaskHub({ store: await openStore({ directory }) });
const server = createServer((req, res) => {
  if (!hub.handle(req, res)) res.writeHead(404).end();
});
server.on('upgrade', (req, socket, head) => hub.handleUpgrade(req, socket, head));
server.listen(Number(port), '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
