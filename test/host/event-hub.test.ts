import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { forkHost, startHostProcess, type HostProcess, type StartingHost } from './support/host-process.ts';
import { startLocalEventHubs, type LocalEventHubs } from './support/local-event-hubs.ts';
import { startLocalStorage, type LocalStorage } from './support/local-storage.ts';

let storage: LocalStorage;
let hubs: LocalEventHubs;
const hosts: HostProcess[] = [];

beforeAll(async () => {
  storage = await startLocalStorage([]);
});
afterAll(async () => {
  await storage.close();
});
afterEach(async () => {
  for (const host of hosts.splice(0))
    if (host.child.exitCode === null && host.child.signalCode === null) {
      // One that a failed test left stopped would not hear of its end.
      host.child.kill('SIGCONT');
      await host.stop();
    }
  await hubs.close();
  const checkpoints = BlobServiceClient.fromConnectionString(storage.connectionString).getContainerClient(container);
  await checkpoints.deleteIfExists();
});

const container = 'azure-webjobs-eventhub';

async function startHubs(partitions: Readonly<Record<string, number>>): Promise<void> {
  hubs = await startLocalEventHubs(partitions);
}

const environmentOf = (reads: string) => ({
  Hubs: hubs.connectionString,
  AzureWebJobsStorage: storage.connectionString,
  READS: reads,
  ONE_HUB: 'one',
});

async function startHost(reads: string): Promise<HostProcess> {
  const host = await startHostProcess({ app: 'event-hub', environment: environmentOf(reads) });
  hosts.push(host);
  onTestFailed(() => console.log(host.output()));
  return host;
}

type Seen = Record<string, unknown>;

function seenBy(...from: readonly HostProcess[]): Seen[] {
  return from.flatMap((host) =>
    [...host.output().matchAll(/\] seen (.*?)(?: \(Id=[\da-f-]+\))?$/gm)].map(
      ([, json = '']) => JSON.parse(json) as Seen,
    ),
  );
}

/** The values under a name of all that was seen, in order. */
const valuesOf = (name: string, ...from: readonly HostProcess[]) =>
  seenBy(...from).flatMap((each) => (name in each ? [each[name]].flat() : []));

async function checkpointOf(hub: string, partitionId: string): Promise<number> {
  const name = `localhost/${hub}/readers/checkpoint/${partitionId}`;
  const service = BlobServiceClient.fromConnectionString(storage.connectionString);
  const { metadata } = await service.getContainerClient(container).getBlobClient(name).getProperties();
  return Number(metadata?.['sequencenumber']);
}

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const sorted = (values: readonly unknown[]) => (values as number[]).toSorted((a, b) => a - b);

describe('Event Hub functions', () => {
  it('get bytes with dataType binary, and the metadata of each event', async () => {
    await startHubs({ bytes: 2 });
    await hubs.send('bytes', { partitionId: '1' }, ['\u0001', '{"a":1}']);
    const host = await startHost('bytes');
    const [call] = await waitFor('the call', () => seenBy(host).length > 0 && seenBy(host));
    expect(call).toMatchObject({
      bytes: ['01', '7b2261223a317d'],
      metadata: {
        partitionContext: { partitionId: '1', consumerGroup: 'readers', eventHubName: 'bytes' },
        sequenceNumberArray: [0, 1],
        partitionKeyArray: [null, null],
        propertiesArray: [{}, {}],
      },
    });
    expect(call).toHaveProperty('metadata.offsetArray.length', 2);
    expect(await host.saw('host.json: extensions.eventHubs.transportType has no effect')).toBe(true);
  });

  it('get parsed events one by one, in the order of their partition', async () => {
    await startHubs({ one: 1 });
    await hubs.send('one', { partitionKey: 'd' }, ['{"n":1}', '{"n":2}', '{"n":3}']);
    const host = await startHost('one');
    const calls = await waitFor('3 calls', () => seenBy(host).length === 3 && seenBy(host));
    expect(calls.map(({ one }) => one)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect(calls[1]).toMatchObject({ metadata: { partitionKey: 'd', sequenceNumber: 1 } });
  });

  it('are tried again by their retry policy, and nothing overtakes', async () => {
    await startHubs({ flaky: 1 });
    await hubs.send('flaky', { partitionId: '0' }, ['1', '2']);
    const host = await startHost('flaky');
    await host.saw('not yet');
    await hubs.send('flaky', { partitionId: '0' }, ['3']);
    await waitFor('3 events', () => valuesOf('flaky', host).length === 3);
    expect(valuesOf('flaky', host)).toEqual([1, 2, 3]);
    expect(seenBy(host)[0]).toMatchObject({
      retry: { retryCount: 3, maxRetryCount: -1, exception: { message: 'not yet' } },
    });
    expect(await waitFor('the checkpoint', async () => (await checkpointOf('flaky', '0')) === 2)).toBe(true);
  });

  it('move the checkpoint also when they fail, without a retry policy', async () => {
    await startHubs({ fails: 1 });
    await hubs.send('fails', { partitionId: '0' }, ['1']);
    const host = await startHost('fails');
    await host.saw('cannot do it');
    expect(await waitFor('the checkpoint', async () => (await checkpointOf('fails', '0')) === 0)).toBe(true);
  });

  it('send what they return to another hub, one event an element', async () => {
    await startHubs({ copies: 1, bytes: 1 });
    await hubs.send('copies', { partitionId: '0' }, ['x']);
    const host = await startHost('copies,bytes');
    await waitFor('2 copies', () => valuesOf('bytes', host).length === 2);
    const texts = valuesOf('bytes', host).map((hex) => Buffer.from(hex as string, 'hex').toString());
    expect(texts).toEqual(['x', '{"copied":"x"}']);
  });

  it('are left out when their hub does not exist', async () => {
    await startHubs({ one: 1 });
    const host = await startHost('one,fails');
    expect(await host.saw(/'Functions\.fails' was unable to start: /)).toBe(true);
    await hubs.send('one', { partitionId: '0' }, ['1']);
    expect(await waitFor('the other function', () => valuesOf('one', host).length === 1)).toBe(true);
  });

  it('run by hand', async () => {
    await startHubs({ bytes: 1 });
    const host = await startHost('bytes');
    await fetch(`${host.origin}/admin/functions/bytes`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"input":"by hand"}',
    });
    expect(await waitFor('the call', () => valuesOf('bytes', host).length === 1)).toBe(true);
  });
});

describe('a host of Event Hub functions', () => {
  it('goes on from its checkpoint after an orderly end', async () => {
    await startHubs({ shared: 2 });
    await hubs.send('shared', { partitionId: '0' }, ['1', '2']);
    const before = await startHost('shared');
    await waitFor('the first', () => valuesOf('ends', before).length === 2);
    expect(await before.stop()).toBe(0);
    await hubs.send('shared', { partitionId: '0' }, ['3']);
    const after = await startHost('shared');
    await waitFor('the last', () => valuesOf('ends', after).includes(3));
    expect(valuesOf('ends', after)).toEqual([3]);
  });

  it('leaves the checkpoint when it stops while a retry waits', async () => {
    await startHubs({ stubborn: 1 });
    await hubs.send('stubborn', { partitionId: '0' }, ['1']);
    const host = await startHost('stubborn');
    await host.saw('never');
    expect(await host.stop()).toBe(0);
    await expect(checkpointOf('stubborn', '0')).rejects.toMatchObject({ statusCode: 404 });
  });

  it('27: that is killed in the middle of a batch has it delivered again, to the next within seconds', async () => {
    await startHubs({ shared: 1 });
    const killed = await startHost('shared');
    await hubs.send('shared', { partitionId: '0' }, ['1', '2']);
    await waitFor('the first', () => valuesOf('ends', killed).length === 2);
    await hubs.send('shared', { partitionId: '0' }, ['3', 'hold']);
    await waitFor('the batch', () => valuesOf('begins', killed).includes('hold'));
    killed.child.kill('SIGKILL');
    const next = await startHost('shared');
    await waitFor('the same batch', () => valuesOf('begins', next).includes('hold'), { timeoutMs: 8_000 });
    expect(valuesOf('begins', next)).toEqual([3, 'hold']);
    next.child.kill('SIGUSR2');
    await waitFor('its end', () => valuesOf('ends', next).includes('hold'));
  });

  it('waits for a broker that is not there yet, and says so', async () => {
    await startHubs({ one: 1 });
    await hubs.send('one', { partitionId: '0' }, ['1']);
    const started: StartingHost[] = [];
    await hubs.restart(async () => {
      const starting = forkHost({ app: 'event-hub', environment: environmentOf('one') });
      started.push(starting);
      await waitFor('it to say so', () => starting.output().includes("Waiting for Event Hubs and 'one': connect"));
    });
    const [starting] = started;
    await waitFor('the event', () => starting?.output().includes('seen {"one":1'));
    starting?.child.kill('SIGTERM');
    expect(await starting?.exited).toBe(0);
  });

  it('receives again when the broker was away', async () => {
    await startHubs({ shared: 2 });
    const host = await startHost('shared');
    await hubs.send('shared', { partitionId: '0' }, ['1']);
    await waitFor('the first', () => valuesOf('ends', host).length === 1);
    await hubs.restart(() => host.saw('was interrupted and is tried again'));
    for (const partitionId of ['0', '1']) await hubs.send('shared', { partitionId }, ['2']);
    await waitFor('the next', () => valuesOf('ends', host).length === 3, { timeoutMs: 30_000 });
    expect(valuesOf('ends', host)).toEqual([1, 2, 2]);
  });

  it('keeps its checkpoint until storage is back', async () => {
    await startHubs({ shared: 1 });
    const host = await startHost('shared');
    await hubs.send('shared', { partitionId: '0' }, ['1']);
    await waitFor('the first', async () => (await checkpointOf('shared', '0').catch(() => -1)) === 0);
    await storage.restart(async () => {
      await hubs.send('shared', { partitionId: '0' }, ['2']);
      expect(await host.saw('Waiting for storage for a checkpoint')).toBe(true);
    });
    const isStored = async () => (await checkpointOf('shared', '0')) === 1;
    expect(await waitFor('the checkpoint', isStored, { timeoutMs: 30_000 })).toBe(true);
    await hubs.send('shared', { partitionId: '0' }, ['3']);
    expect(await waitFor('the next', () => valuesOf('ends', host).includes(3))).toBe(true);
  });
});

describe('two hosts', () => {
  it('share the partitions; when one ends the other has them all', async () => {
    await startHubs({ shared: 4 });
    const [first, second] = [await startHost('shared'), await startHost('shared')];
    const partitions = (host: HostProcess) => new Set(valuesOf('partitionId', host)).size;
    let sent = 0;
    const sendToAll = async () => {
      for (const partitionId of ['0', '1', '2', '3']) await hubs.send('shared', { partitionId }, [String((sent += 1))]);
    };
    await waitFor('both to work', async () => {
      await sendToAll();
      return partitions(first) > 0 && partitions(second) > 0;
    });
    expect(await first.stop()).toBe(0);
    await sendToAll();
    await waitFor('all events', () => new Set(valuesOf('ends', first, second)).size === sent);
    expect(sorted([...new Set(valuesOf('ends', first, second))])).toEqual(numbers(1, sent));
  });

  it('28: that both believe to own a partition: the stale one moves no checkpoint back and lets go', async () => {
    await startHubs({ shared: 1 });
    const stale = await startHost('shared');
    await hubs.send('shared', { partitionId: '0' }, ['1', 'hold']);
    await waitFor('the batch', () => valuesOf('begins', stale).includes('hold'));
    stale.child.kill('SIGSTOP');
    const owner = await startHost('shared');
    await waitFor('the same batch', () => valuesOf('begins', owner).includes('hold'), { timeoutMs: 30_000 });
    owner.child.kill('SIGUSR2');
    await hubs.send('shared', { partitionId: '0' }, ['2', '3']);
    await waitFor('the checkpoint', async () => (await checkpointOf('shared', '0').catch(() => -1)) === 3);
    stale.child.kill('SIGCONT');
    stale.child.kill('SIGUSR2');
    expect(await stale.saw('is with another host now')).toBe(true);
    await hubs.send('shared', { partitionId: '0' }, ['4']);
    await waitFor('the last', () => valuesOf('ends', owner, stale).includes(4), { timeoutMs: 20_000 });
    expect(await waitFor('the checkpoint', async () => (await checkpointOf('shared', '0')) === 4)).toBe(true);
    expect(valuesOf('ends', owner)).toEqual([1, 'hold', 2, 3, ...valuesOf('ends', owner).filter((each) => each === 4)]);
  });
});
