// Durable Functions: one orchestration of 100 and of 1,000 activities one after the other, a fan-out of 1,000, and short
// orchestrations by the hundred; through host machinery, HTTP and store, in memory and synced to disk. Every result is checked.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../local/store/store.ts';
import {
  type LoadedFixture,
  clientOf,
  loadFixture,
  startHub,
  startWorker,
  untilStatus,
} from '../test/support/durable-app.ts';
import { median } from './pairs.ts';

const rounds = 5;
const targetMs = 600;
const targetGrowth = 15;

type Scenario = readonly [name: string, orchestrator: string, input: unknown, output: unknown, instances: number];

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
const scenarios: readonly Scenario[] = [
  ['100 activities in sequence', 'sequence', numbers(100), numbers(100), 1],
  ['1,000 activities in sequence', 'sequence', numbers(1_000), numbers(1_000), 1],
  ['fan-out of 1,000', 'fanOut', 1_000, 499_500, 1],
  ['200 instances of one activity', 'sequence', ['a'], ['a'], 200],
];

async function measure(fixture: LoadedFixture, directory?: string): Promise<Map<string, number[]>> {
  const store = await openStore(directory === undefined ? { ephemeral: true } : { directory });
  const hub = await startHub(store);
  const worker = await startWorker(fixture, hub);
  const client = await clientOf(hub);
  const times = new Map<string, number[]>(scenarios.map(([name]) => [name, []]));
  for (let round = 0; round <= rounds; round += 1)
    for (const [name, orchestrator, input, output, instances] of scenarios) {
      fixture.log.length = 0;
      const begun = performance.now();
      const ids = await Promise.all(numbers(instances).map(() => client.startNew(orchestrator, { input })));
      for (const id of ids) {
        const { output: got } = await untilStatus(client, id);
        if (JSON.stringify(got) !== JSON.stringify(output)) throw new Error(`${name}: another output than expected`);
      }
      // The first round warms up.
      if (round > 0) times.get(name)?.push(performance.now() - begun);
    }
  await worker.stop();
  await hub.stop();
  await store.close();
  return times;
}

function report(where: string, times: Map<string, number[]>): void {
  console.log(`${where} (${rounds} rounds)`);
  for (const [name, , , , instances] of scenarios) {
    const all = times.get(name) ?? [];
    const rate = instances > 1 ? `, ${((instances / median(all)) * 1_000).toFixed(0)} instances/s` : '';
    console.log(
      `  ${name}: ${median(all).toFixed(0)} ms (${Math.min(...all).toFixed(0)} to ${Math.max(...all).toFixed(0)})${rate}`,
    );
  }
  const [hundred, thousand] = scenarios.slice(0, 2).map(([name]) => median(times.get(name) ?? []));
  const growth = (thousand ?? Number.NaN) / (hundred ?? Number.NaN);
  console.log(`  1,000 in sequence: ${(thousand ?? 0) < targetMs ? 'met' : 'missed'} (< ${targetMs} ms)`);
  console.log(
    `  growth from 100 to 1,000: ${growth.toFixed(1)}x: ${growth <= targetGrowth ? 'met' : 'missed'} (<= ${targetGrowth}x)`,
  );
}

export async function run(): Promise<void> {
  const fixture = await loadFixture();
  report('In memory', await measure(fixture));
  const directory = mkdtempSync(join(tmpdir(), 'bench-durable-'));
  try {
    report('Synced to disk', await measure(fixture, directory));
  } finally {
    rmSync(directory, { recursive: true });
  }
}
