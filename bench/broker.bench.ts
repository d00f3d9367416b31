// The broker by the real SDKs: against a server that does the same exchange with no broker behind it, in memory and durable;
// then how long one message takes, what a million leave behind in memory, and how long a restart takes with many waiting.
//   COUNT=5000 PAIRS=7 THROUGH=1000000 WAITING=100000 npm run bench -- broker
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ServiceBusClient } from '@azure/service-bus';
import { makeDataFolder, removeData } from '../test/support/local-azure.ts';
import { connectionString } from '../test/support/service-bus.ts';
import { exchange } from './broker/exchange.ts';
import { type Load, loads, sendBatches, withClient } from './broker/sdk-loads.ts';
import { type Server, startBroker, startFloor } from './broker/servers.ts';
import { compare } from './pairs.ts';

const count = Number(process.env['COUNT'] ?? 5_000);
const pairs = Number(process.env['PAIRS'] ?? 7);
const through = Number(process.env['THROUGH'] ?? 1_000_000);
const waiting = Number(process.env['WAITING'] ?? 100_000);
const latencyMessages = 2_000;

export async function run(): Promise<void> {
  const folder = makeDataFolder();
  const place = (name: string): string => {
    mkdirSync(join(folder, name));
    return join(folder, name);
  };
  try {
    const memory = await startBroker(place('memory'), { isDurable: false });
    const durable = await startBroker(place('durable'), { isDurable: true });
    const floor = await startFloor();
    for (const load of loads) await compareLoad(load, { memory, durable, floor });
    for (const [name, server] of Object.entries({ memory, durable })) await measureLatency(name, server);
    for (const server of [memory, durable, floor]) await server.stop();
    await measureMemory(place('through'));
    await measureRestart(place('waiting'));
  } finally {
    removeData(folder);
  }
}

async function compareLoad(load: Load, servers: Record<'memory' | 'durable' | 'floor', Server>): Promise<void> {
  const { memory, durable, floor } = servers;
  const side = (name: string, server: Server) => ({ name, run: () => load.run(server, count) });
  // Each once before the clock counts.
  for (const server of [memory, durable, floor]) await load.run(server, count);
  const unit = load.name.includes('events') ? 'events' : 'messages';
  const bare = side('rhea alone', floor);
  await compare(`${load.name}, in memory`, side('millrace', memory), bare, { pairs, target: 0.6, unit });
  await compare(`${load.name}, durable`, side('millrace', durable), side('in memory', memory), { pairs: 3, unit });
}

/** One message at a time, from before it is sent until a subscriber has it. */
async function measureLatency(name: string, server: Server): Promise<void> {
  const client = new ServiceBusClient(connectionString(server.port));
  const receiver = client.createReceiver('work', { receiveMode: 'receiveAndDelete' });
  const sender = client.createSender('work');
  let arrived: (id: unknown) => void = () => undefined;
  const processMessage = async ({ messageId }: { messageId?: unknown }) => arrived(messageId);
  const processError = async ({ error }: { error: Error }) => console.error(error);
  receiver.subscribe({ processMessage, processError });
  const tookMs: number[] = [];
  for (let index = 0; index < latencyMessages; index += 1) {
    const begun = performance.now();
    const coming = new Promise<unknown>((resolve) => {
      arrived = resolve;
    });
    await sender.sendMessages({ body: Buffer.alloc(1024), messageId: `m${index}` });
    if ((await coming) !== `m${index}`) throw new Error(`message ${index} did not come in its turn`);
    tookMs.push(performance.now() - begun);
  }
  await client.close();
  const sorted = tookMs.slice(latencyMessages / 4).toSorted((a, b) => a - b);
  const at = (part: number) => (sorted[Math.floor(sorted.length * part)] ?? Number.NaN).toFixed(2);
  console.log(`end to end, one at a time, ${name}: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);
}

async function measureMemory(folder: string): Promise<void> {
  const server = await startBroker(folder, { isDurable: false });
  const step = through / 10;
  const residentMb: number[] = [];
  const onReceived = (received: number) => {
    if (received % step === 0) residentMb.push(server.residentMb());
  };
  const load = { address: 'work', messages: through, bodyBytes: 200, links: 1, isDurable: false, onReceived };
  const { wallMs } = await exchange(server, load);
  await server.stop();
  const [first = 0, last = 0] = [residentMb[0], residentMb.at(-1)];
  console.log(`${through} messages through one queue: ${Math.round((through / wallMs) * 1_000)} messages/s`);
  console.log(`  resident MB after each ${step}: ${residentMb.join(' ')}; last / first ${(last / first).toFixed(2)}`);
}

async function measureRestart(folder: string): Promise<void> {
  const first = await startBroker(folder, { isDurable: true });
  const emptyMs = first.startMs;
  await withClient(first, (client) => sendBatches(client.createSender('work'), waiting));
  await first.stop('SIGKILL');
  const second = await startBroker(folder, { isDurable: true });
  console.log(
    `killed with ${waiting} messages waiting: ready again in ${second.startMs.toFixed(0)} ms (empty ${emptyMs.toFixed(0)} ms)`,
  );
  await withClient(second, async (client) => {
    const receiver = client.createReceiver('work', { receiveMode: 'receiveAndDelete' });
    let received = 0;
    while (received < waiting) {
      const { length } = await receiver.receiveMessages(Math.min(waiting - received, 1_000), {
        maxWaitTimeInMs: 5_000,
      });
      if (length === 0) throw new Error(`${received} of ${waiting} messages came back`);
      received += length;
    }
    if ((await receiver.receiveMessages(1, { maxWaitTimeInMs: 100 })).length > 0)
      throw new Error(`more than the ${waiting} messages came back`);
  });
  await second.stop();
}
