// The broker in the process of a test, by the real SDKs: from a topology, and from the configuration files of the official emulators.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { EventHubConsumerClient, EventHubProducerClient } from '@azure/event-hubs';
import { ServiceBusClient, type ServiceBusMessage } from '@azure/service-bus';
import { type Broker, startBroker, type TopologyFile } from 'millrace/broker';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isEmpty, receiveOne } from '../support/service-bus.ts';
import { waitFor } from '../support/wait-for.ts';

const fixture = (name: string) => new URL(`fixtures/emulators/${name}.json`, import.meta.url).pathname;
const oneQueue: TopologyFile = { serviceBus: { queues: [{ name: 'q', properties: { lockDuration: 'PT5S' } }] } };

function connect({ connectionString }: Broker): ServiceBusClient & AsyncDisposable {
  const client = new ServiceBusClient(connectionString);
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() });
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'start-broker-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

describe("a broker from the official emulators' configuration", () => {
  it('serves the queue', async () => {
    await using broker = await startBroker({ topology: fixture('service-bus') });
    await using client = connect(broker);
    await client.createSender('queue.1').sendMessages({ body: 'hello' });
    expect((await receiveOne(client.createReceiver('queue.1'))).body).toBe('hello');
  });

  it('gives each subscription of the topic what its rules take', async () => {
    await using broker = await startBroker({ topology: fixture('service-bus') });
    await using client = connect(broker);
    const messages: ServiceBusMessage[] = [
      { body: 1, subject: 'order', applicationProperties: { customerId: 'ada', amount: 500 } },
      { body: 2, subject: 'order', applicationProperties: { customerId: 'bob', amount: 101 } },
      { body: 3, subject: 'refund', applicationProperties: { customerId: 'ada', amount: 102 } },
    ];
    await client.createSender('topic.1').sendMessages(messages);
    const bodiesOf = async (subscription: string, count: number) => {
      const receiver = client.createReceiver('topic.1', subscription, { receiveMode: 'receiveAndDelete' });
      const bodies: unknown[] = [];
      while (bodies.length < count) bodies.push((await receiveOne(receiver)).body);
      expect(await isEmpty(receiver)).toBe(true);
      return bodies;
    };
    expect(await bodiesOf('by-fields', 1)).toEqual([1]);
    expect(await bodiesOf('by-sql', 2)).toEqual([1, 2]);
    expect(await bodiesOf('everything', 3)).toEqual([1, 2, 3]);
  });

  it('serves the event hub beside them, on the same port', async () => {
    await using broker = await startBroker({ topology: [fixture('service-bus'), fixture('event-hubs')] });
    const producer = new EventHubProducerClient(broker.connectionString, 'eh1');
    expect(await producer.getPartitionIds()).toEqual(['0', '1']);
    await producer.sendBatch([{ body: 'reading' }], { partitionId: '1' });
    const consumer = new EventHubConsumerClient('cg1', broker.connectionString, 'eh1');
    const bodies: unknown[] = [];
    const subscription = consumer.subscribe(
      {
        processEvents: async (events) => void bodies.push(...events.map(({ body }) => body as unknown)),
        processError: async () => undefined,
      },
      { startPosition: { offset: '-1' }, maxWaitTimeInSeconds: 1 },
    );
    await waitFor('the event', () => bodies.length > 0);
    expect(bodies).toEqual(['reading']);
    await subscription.close();
    await Promise.all([producer.close(), consumer.close()]);
  });
});

describe('a broker in the process', () => {
  it('keeps to itself: two have nothing in common', async () => {
    await using one = await startBroker({ topology: oneQueue });
    await using other = await startBroker({ topology: oneQueue });
    await using client = connect(one);
    await using otherClient = connect(other);
    await client.createSender('q').sendMessages({ body: 'one' });
    expect(await isEmpty(otherClient.createReceiver('q'))).toBe(true);
    expect((await receiveOne(client.createReceiver('q'))).body).toBe('one');
  });

  it('keeps messages in the folder it is given', async () => {
    const data = await temporaryFolder();
    const first = await startBroker({ topology: oneQueue, data });
    const client = connect(first);
    await client.createSender('q').sendMessages({ body: 'kept' });
    await client.close();
    await first.close();
    await using second = await startBroker({ topology: oneQueue, data });
    await using later = connect(second);
    expect((await receiveOne(later.createReceiver('q'))).body).toBe('kept');
  });

  it('may be closed twice, and frees its port', async () => {
    const broker = await startBroker({ topology: oneQueue });
    await Promise.all([broker.close(), broker.close()]);
    await broker.close();
    await using again = await startBroker({ topology: oneQueue, port: broker.port });
    expect(again.port).toBe(broker.port);
  });

  it('leaves nothing behind that keeps a process alive', async () => {
    const data = await temporaryFolder();
    const script = `
      import { ServiceBusClient } from '@azure/service-bus';
      import { startBroker } from 'millrace/broker';
      const topology = ${JSON.stringify(oneQueue)};
      const data = ${JSON.stringify(data)};
      const brokers = await Promise.all([startBroker({ topology }), startBroker({ topology, data })]);
      for (const { connectionString } of brokers) {
        const client = new ServiceBusClient(connectionString);
        await client.createSender('q').sendMessages({ body: 1 });
        await client.createReceiver('q').receiveMessages(1);
        await client.close();
      }
      await Promise.all(brokers.map((broker) => broker.close()));
      console.log('closed');
    `;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    expect([output, code]).toEqual(['closed\n', 0]);
  });

  it('says what is wrong with a port or folder, and leaves the folder free', async () => {
    const data = await temporaryFolder();
    await using broker = await startBroker({ topology: oneQueue });
    await expect(startBroker({ topology: oneQueue, port: broker.port, data })).rejects.toThrow(
      `Port ${broker.port} is taken`,
    );
    await using holder = await startBroker({ topology: oneQueue, data });
    await expect(startBroker({ topology: oneQueue, data })).rejects.toThrow(/in use|another/);
    await holder.close();
  });

  it.each([
    [{ serviceBus: { queues: [{ name: '' }] } }, /topology\[0\]: serviceBus\.queues\[0\]\.name must be a name/],
    ['no-such.json', /Cannot read no-such\.json: there is no such file/],
    [[oneQueue, oneQueue], /two entities named 'q': one in topology\[0\], one in topology\[1\]/],
  ])('says what is wrong with the topology %j', async (topology, message) => {
    await expect(startBroker({ topology })).rejects.toThrow(message);
  });
});
