// Local Event Hubs in a process of their own, to be killed: arguments are the store's directory, the port and the
// `eventHubs` part of a topology. Prints its port when it listens.
import { startAmqpServer } from '../../local/amqp/server.ts';
import { openStore } from '../../local/store/store.ts';
import { parseTopology } from '../../local/topology.ts';

const [directory = '', port = '0', eventHubs = '{}'] = process.argv.slice(2);
const store = await openStore({ directory });
const topology = parseTopology({ eventHubs: JSON.parse(eventHubs) as unknown });
const server = await startAmqpServer({ store, topology, port: Number(port) });
console.log(server.port);
