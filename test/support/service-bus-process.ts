// A local Service Bus in a process of its own, to be killed: arguments are the store's directory, the port and the
// `serviceBus` part of a topology. Prints its port when it listens.
import { startAmqpServer } from '../../local/amqp/server.ts';
import { openStore } from '../../local/store/store.ts';
import { parseTopology } from '../../local/topology.ts';

const [directory = '', port = '0', serviceBus = '{}'] = process.argv.slice(2);
const store = await openStore({ directory });
const topology = parseTopology({ serviceBus: JSON.parse(serviceBus) as unknown });
const server = await startAmqpServer({ store, topology, port: Number(port) });
console.log(server.port);
