// Fault 11: a history of more than 10,000 events. Neither hub nor host holds more than it weighs, a host that takes the
// instance over gets it in pages, and it ends right.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { type HostProcess, startHostProcess } from '../host/support/host-process.ts';
import { clientOf, untilStatus } from '../support/durable-app.ts';
import { waitFor } from '../support/wait-for.ts';

const steps = 2_600;
const chars = 1_000;
const mostMb = 400;

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).toReversed()) await each();
});

const script = fileURLToPath(new URL('../support/task-hub-process.ts', import.meta.url));

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

async function startHub(): Promise<{ child: ChildProcess; url: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'long-history-'));
  undo.push(() => rmSync(directory, { recursive: true }));
  const child = spawn(process.execPath, [script, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  undo.push(() => end(child));
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, url: `http://127.0.0.1:${line.toString().trim()}` };
}

async function startHost(url: string): Promise<HostProcess> {
  const host = await startHostProcess({ app: 'orchestrations', args: ['--task-hub', url] });
  undo.push(() => end(host.child));
  return host;
}

/** The most memory it has ever had, in MB. */
function peakMb({ pid }: ChildProcess): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

it.runIf(process.platform === 'linux')(
  'a history of 10,000 events passes to another host in bounded memory [fault 11]',
  { timeout: 90_000 },
  async () => {
    const hub = await startHub();
    const client = await clientOf({ url: hub.url, port: 0, stop: async () => {} }, 'TestHubName');
    const first = await startHost(hub.url);
    const id = await client.startNew('longSequence', { input: { steps, chars } });
    await waitFor('the last step', async () => (await client.getStatus(id)).customStatus === 'waits', {
      timeoutMs: 80_000,
    });
    const firstMb = peakMb(first.child);
    await end(first.child);
    const second = await startHost(hub.url);
    await client.raiseEvent(id, 'go', null);
    expect((await untilStatus(client, id)).output).toBe((steps + 1) * chars);
    for (const mb of [firstMb, peakMb(second.child), peakMb(hub.child)]) expect(mb).toBeLessThan(mostMb);
  },
);
