import { describe, expect, test } from 'vitest';
import { defaultPorts, parseCommandLine } from '../../../local/supervisor/options.ts';

const optionsOf = (...args: string[]) => {
  const commandLine = parseCommandLine(args);
  if (commandLine.kind !== 'run') throw new Error(JSON.stringify(commandLine));
  return commandLine.options;
};

test('without options everything has its default', () => {
  expect(optionsOf()).toEqual({
    app: '.',
    topology: undefined,
    console: 'web/dist',
    data: '.local',
    ephemeral: false,
    ports: defaultPorts,
    hosts: 1,
    watch: false,
    inspectPort: undefined,
    auth: false,
  });
});

test('takes every option', () => {
  const ports = ['--port', '81', '--amqp-port', '1', '--blob-port', '83', '--queue-port=84', '--table-port', '85'];
  const rest = ['--services-port', '0', '--hosts', '3', '--data', 'd', '--ephemeral', '--app', 'a', '--console', 'c'];
  const more = ['--topology', 't.json', '--watch', '--inspect', '9229', '--auth'];
  expect(optionsOf(...ports, ...rest, ...more)).toEqual({
    app: 'a',
    topology: 't.json',
    console: 'c',
    data: 'd',
    ephemeral: true,
    ports: { front: 81, amqp: 1, blob: 83, queue: 84, table: 85, services: 0 },
    hosts: 3,
    watch: true,
    inspectPort: 9229,
    auth: true,
  });
});

test('the console is that of the app', () => {
  expect(optionsOf('--app', 'other').console).toBe('other/web/dist');
});

test('the last of two equal options counts', () => {
  expect(optionsOf('--port', '81', '--port', '82').ports.front).toBe(82);
});

test('--no-host runs no host', () => {
  expect(optionsOf('--no-host').hosts).toBe(0);
});

test('--help lists every option', () => {
  const commandLine = parseCommandLine(['--help']);
  expect(commandLine.kind === 'help' && commandLine.text).toMatch(
    /--amqp-port[^]*--ephemeral|--ephemeral[^]*--amqp-port/,
  );
});

describe('refuses by name', () => {
  test.each([
    [['--prot', '1'], '--prot'],
    [['-p', '1'], '-p'],
    [['--constructor'], '--constructor'],
    [['start'], '"start"'],
    [['--port'], '--port'],
    [['--port', 'http'], '--port'],
    [['--port', '65536'], '--port'],
    [['--port', '-1'], '--port'],
    [['--amqp-port', '1.5'], '--amqp-port'],
    [['--ephemeral=yes'], '--ephemeral'],
    [['--hosts', '0'], '--hosts'],
    [['--hosts', '99'], '--hosts'],
    [['--data', ''], '--data'],
    [['--inspect', 'x'], '--inspect'],
  ])('%j', (args, name) => {
    const commandLine = parseCommandLine(args);
    expect(commandLine).toMatchObject({ kind: 'refused', message: expect.stringContaining(name) });
    expect(commandLine).toMatchObject({ message: expect.stringContaining('Usage: millrace') });
  });
});

test.each(['--port', '--blob-port', '--queue-port', '--table-port', '--services-port'])(
  '%s refuses a port that nobody calls by HTTP',
  (option) => {
    expect(parseCommandLine([option, '6000'])).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining(`Option ${option}: neither fetch nor a browser calls port 6000. Choose another`),
    });
  },
);
