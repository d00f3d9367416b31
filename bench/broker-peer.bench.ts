// The broker against Debian's RabbitMQ by AMQP 1.0, one rhea client on both: in memory, and with everything accepted on disk.
//   MESSAGES=5000 PAIRS=7 npm run bench -- broker-peer
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { makeDataFolder, removeData } from '../test/support/local-azure.ts';
import { exchange } from './broker/exchange.ts';
import { isRabbitInstalled, startRabbit } from './broker/rabbitmq.ts';
import { type Server, startBroker } from './broker/servers.ts';
import { compare } from './pairs.ts';

const messages = Number(process.env['MESSAGES'] ?? 5_000);
const pairs = Number(process.env['PAIRS'] ?? 7);

export async function run(): Promise<void> {
  if (!isRabbitInstalled()) {
    console.log('RabbitMQ is not installed here: apt-get install rabbitmq-server');
    return;
  }
  const folder = makeDataFolder();
  const servers: Server[] = [];
  const started = async (server: Promise<Server>): Promise<Server> => {
    servers.push(await server);
    return server;
  };
  const place = (name: string): string => {
    mkdirSync(join(folder, name));
    return join(folder, name);
  };
  try {
    const rabbit = await started(startRabbit(place('rabbit')));
    for (const isDurable of [false, true]) {
      const ours = await started(startBroker(place(isDurable ? 'durable' : 'memory'), { isDurable }));
      await comparePair(ours, rabbit, isDurable);
    }
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
    removeData(folder);
  }
}

async function comparePair(ours: Server, rabbit: Server, isDurable: boolean): Promise<void> {
  const kind = isDurable ? 'durable' : 'transient';
  const target = isDurable ? 0.7 : 1;
  for (const bodyBytes of [200, 4096]) {
    for (const links of [1, 4]) {
      const load = { messages, bodyBytes, links, isDurable };
      // Both warm before the clock counts.
      const broker = { name: 'millrace', run: () => exchange(ours, { ...load, address: 'work' }) };
      const address = `/amq/queue/${kind}`;
      const peer = { name: 'RabbitMQ', run: () => exchange(rabbit, { ...load, address, password: 'guest' }) };
      for (const side of [broker, peer, broker, peer]) await side.run();
      await compare(`${kind}, ${bodyBytes} B, ${links} link(s)`, broker, peer, { pairs, target });
    }
  }
}
