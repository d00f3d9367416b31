import { afterEach, describe, expect, it } from 'vitest';
import { startHostProcess, type HostProcess } from './support/host-process.ts';
import { createTemporaryApp, type TemporaryApp } from './support/temporary-app.ts';

let host: HostProcess | undefined;
let app: TemporaryApp | undefined;
afterEach(async () => {
  await host?.stop();
  app?.remove();
});

describe('timer functions', () => {
  it('fire by their schedule, at the start when they ask for it, and by hand', async () => {
    app = createTemporaryApp({
      'main.js': `import { app } from '@azure/functions';
        app.timer('often', { schedule: '%OFTEN%', handler: (timer, context) => context.log('often', JSON.stringify(timer)) });
        app.timer('atStart', { schedule: '0 0 0 1 1 *', runOnStartup: true, handler: (_, context) => context.log('at start') });
        app.timer('yearly', { schedule: '0 0 0 1 1 *', handler: (timer, context) => context.log('by hand', timer.isPastDue) });`,
    });
    host = await startHostProcess({ app: app.folder, environment: { OFTEN: '* * * * * *' } });
    expect(await host.saw('at start')).toBe(true);
    expect(
      await host.saw(/often \{"schedule":\{"adjustForDST":true\},"scheduleStatus":\{"last":.*\},"isPastDue":false\}/),
    ).toBe(true);
    expect(host.output()).not.toContain('by hand');
    const called = await fetch(`${host.origin}/admin/functions/yearly`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(called.status).toBe(202);
    expect(await host.saw('by hand false')).toBe(true);
  });
});
