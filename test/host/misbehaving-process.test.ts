// Functions that break the process they run in: they are named, and the host is started again.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { startLoneHost, type LoneHost } from './support/lone-host.ts';
import { createTemporaryApp, type TemporaryApp } from './support/temporary-app.ts';

describe('a function that breaks the process is named, and the host is started again', () => {
  let app: TemporaryApp;
  let host: LoneHost;
  let origin: string;
  beforeAll(async () => {
    app = createTemporaryApp({
      'host.json': { version: '2.0', functionTimeout: '00:00:02' },
      'main.js': `import { app } from '@azure/functions';
        app.get('pid', () => ({ body: String(process.pid) }));
        app.get('rejects', () => { void Promise.reject(new Error('nobody caught this')); return { status: 202 }; });
        app.get('throwsLater', () => { setTimeout(() => { throw new Error('nobody caught that'); }, 1); return { status: 202 }; });
        app.get('exits', () => process.exit(7));
        app.get('hangs', () => new Promise(() => {}));
        app.get('slow', () => new Promise((resolve) => setTimeout(resolve, 1_600, { body: 'done' })));
        app.get('spins', () => { for (;;); });
        app.get('leaksHeap', () => { const kept = []; for (;;) kept.push(new Array(100_000).fill(Math.random())); });
        app.get('leaksBuffers', async () => {
          for (const kept = []; ; await new Promise((resolve) => setTimeout(resolve, 1))) kept.push(Buffer.alloc(20e6, 1));
        });`,
    });
    host = startLoneHost(app.folder, { environment: { MILLRACE_HOST_MEMORY_MB: '400' } });
    origin = await host.origin();
  });
  afterAll(async () => {
    await host.stop();
    app.remove();
  });

  const statusOf = (name: string) =>
    fetch(`${origin}/api/${name}`).then(
      ({ status }) => status,
      () => 'no answer',
    );
  const pid = async () => (await fetch(`${origin}/api/pid`)).text();

  it.each([
    ['rejects', 202, /Unhandled rejection in 'Functions\.rejects' \(Id=[-\da-f]+\): Error: nobody caught this/],
    ['throwsLater', 202, /Uncaught exception in 'Functions\.throwsLater' \(Id=[-\da-f]+\): Error: nobody caught that/],
    ['exits', 'no answer', /The process is ended with exit code 7 in 'Functions\.exits' \(Id=[-\da-f]+\)/],
    ['hangs', 500, /Timeout value of 2000 ms exceeded by function 'Functions\.hangs'/],
    ['spins', 'no answer', /a function has kept the thread busy for longer than functionTimeout/],
    ['leaksHeap', 'no answer', /heap out of memory/],
    ['leaksBuffers', expect.anything(), /it uses \d+ MB of memory; 400 MB is the most \(MILLRACE_HOST_MEMORY_MB\)/],
  ])('%s', async (name, status, message) => {
    const before = await pid();
    const died = host.output().split('The host process died').length;
    expect(await statusOf(name)).toEqual(status);
    await host.saw(message);
    await host.saw('The host process died', died);
    expect(await waitFor('the next host', async () => (await pid()) !== before)).toBe(true);
  });

  it('after its other calls have ended', async () => {
    const hanging = statusOf('hangs');
    await statusOf('slow');
    const slow = statusOf('slow');
    expect(await hanging).toBe(500);
    expect(await slow).toBe(200);
  });
});
