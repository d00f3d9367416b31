// What a host prints, as text and as JSON.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHostProcess, type HostProcess } from './support/host-process.ts';
import { createTemporaryApp, type TemporaryApp } from './support/temporary-app.ts';

const files = {
  'host.json': {
    version: '2.0',
    logging: { logLevel: { default: 'Information', 'Function.calm': 'Warning', 'Function.calm.User': 'Trace' } },
  },
  'main.js': `import { app } from '@azure/functions';
    app.get('talks', (request, context) => {
      context.log('said', { a: 1 });
      context.warn('careful');
      console.log('printed\\nin two lines');
      return { body: context.invocationId };
    });
    app.get('calm', (request, context) => {
      context.trace('deep');
      return { body: context.invocationId };
    });
    app.get('fails', () => { throw new TypeError('broken'); });
    app.eventGrid('told', { handler: () => {} });`,
};

let app: TemporaryApp;
let host: HostProcess;
const start = (args: readonly string[]) => {
  beforeAll(async () => {
    app = createTemporaryApp(files);
    host = await startHostProcess({ app: app.folder, args });
  });
  afterAll(async () => {
    await host.stop();
    app.remove();
  });
};
const call = async (name: string) => (await fetch(`${host.origin}/api/${name}`)).text();
const id = String.raw`[-\da-f]{36}`;

describe('as text', () => {
  start([]);

  it('begins with the function table', () => {
    expect(host.output()).toMatch(/Functions:\n\n\tcalm: \[GET\] http/);
    expect(host.output()).toContain(`\ttalks: [GET] ${host.origin}/api/talks\n`);
    expect(host.output()).toContain('\ttold: eventGridTrigger\n');
  });

  it('has a line for the beginning and the end of a call, with reason, id and duration', async () => {
    const called = await call('talks');
    const reason = 'This function was programmatically called via the host APIs.';
    expect(await host.saw(`Executing 'Functions.talks' (Reason='${reason}', Id=${called})\n`)).toBe(true);
    expect(
      await host.saw(new RegExp(`Executed 'Functions\\.talks' \\(Succeeded, Id=${called}, Duration=\\d+ms\\)\n`)),
    ).toBe(true);
  });

  it('has the words of a call with its id', async () => {
    const called = await call('talks');
    expect(await host.saw(`] said { a: 1 } (Id=${called})\n`)).toBe(true);
    expect(await host.saw(`] careful (Id=${called})\n`)).toBe(true);
  });

  it('has the stack of what a function throws', async () => {
    await call('fails');
    const words = String.raw`'Functions\.fails' \(Failed, Id=${id}, Duration=\d+ms\)\nTypeError: broken\n +at .*main\.js:12`;
    expect(await host.saw(new RegExp(words))).toBe(true);
  });

  it('leaves out what host.json does not want, by function and by what it logs itself', async () => {
    await host.saw(`deep (Id=${await call('calm')})`);
    await call('talks');
    expect(host.output()).not.toContain("'Functions.calm'");
  });

  it('has no colours when it is piped', () => {
    expect(host.output()).not.toContain('\u001B');
  });
});

describe('with --json', () => {
  start(['--json']);
  const lines = () =>
    host
      .output()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  it('is one object a line, with level, category and call', async () => {
    const invocationId = await call('talks');
    await host.saw(`(Succeeded, Id=${invocationId}`);
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    const about = { time, functionName: 'talks', invocationId };
    expect(lines()).toEqual(
      expect.arrayContaining([
        { ...about, level: 'information', category: 'Function.talks.User', message: 'said { a: 1 }' },
        { ...about, level: 'warning', category: 'Function.talks.User', message: 'careful' },
        { ...about, level: 'information', category: 'Host.Function.Console', message: 'printed' },
        { ...about, level: 'information', category: 'Host.Function.Console', message: 'in two lines' },
        {
          ...about,
          level: 'information',
          category: 'Function.talks',
          message: expect.stringContaining("Executed 'Functions.talks' (Succeeded"),
        },
      ]),
    );
  });
});
