// HTTP through the host against a bare node:http server, each a process of its own under the same load of 64 kept connections:
// whole bodies and streams, a GET and a POST that is sent back, the log lines of each call written to a pipe that is read.
// Beside it one call at a time: what a developer who waits for an answer sees.
//   COUNT=20000 PAIRS=7 npm run bench -- host
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createTemporaryApp } from '../test/host/support/temporary-app.ts';
import { usageOf } from './broker/servers.ts';
import { type Answer, sendLoad } from './http-load.ts';
import { compare, type Side } from './pairs.ts';

const requests = Number(process.env['COUNT'] ?? 20_000);
const pairs = Number(process.env['PAIRS'] ?? 7);
const connections = 64;
const body = JSON.stringify({
  orderId: '0198c0de-0000-7000-8000-000000000000',
  lines: [{ sku: 'margherita', count: 2 }],
});
const targets = { whole: 0.25, streamed: 0.15 };

const post = `POST /api/echo?tag=1 HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const kinds = {
  GET: { request: 'GET /api/hello HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n', answer: '{"hello":"world"}' },
  POST: { request: post, answer: body },
} as const;

const functions = `
app.http('hello', { methods: ['GET'], authLevel: 'anonymous', handler: async () => ({ jsonBody: { hello: 'world' } }) });
app.http('echo', { methods: ['POST'], authLevel: 'anonymous', handler: async (request) => ({
  body: await request.text(), headers: { 'content-type': 'application/json' } }) });`;

interface Server {
  readonly port: number;
  readonly cpuMs: () => number;
  readonly stop: () => Promise<void>;
}

async function start(file: string, args: readonly string[] = []): Promise<Server> {
  const child: ChildProcess = fork(file, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  child.stdout?.resume();
  const exited = once(child, 'exit');
  const [message] = (await Promise.race([once(child, 'message'), exited])) as [{ ports?: { http: number } }];
  if (!message?.ports) throw new Error(`${file} did not get ready`);
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
  };
  return { port: message.ports.http, cpuMs: usageOf(() => child.pid).cpuMs, stop };
}

function sideOf(name: string, server: Server, kind: keyof typeof kinds, atOnce: number): Side {
  return {
    name,
    run: async () => {
      const units = atOnce === 1 ? Math.ceil(requests / 10) : requests;
      const cpuBefore = server.cpuMs();
      const { request, answer } = kinds[kind];
      const { wallMs } = await sendLoad({
        port: server.port,
        requests: units,
        connections: atOnce,
        requestOf: () => request,
        check: (_n, got) => expectAnswer(got, answer),
      });
      return { units, wallMs, cpuMs: server.cpuMs() - cpuBefore };
    },
  };
}

function expectAnswer({ status, body: got }: Answer, expected: string): void {
  if (status !== 200 || got !== expected)
    throw new Error(`another answer than expected: ${status} ${got.slice(0, 500)}`);
}

export async function run(): Promise<void> {
  const bare = await start('bench/host/hello-process.ts');
  for (const mode of ['whole', 'streamed'] as const) {
    const setup = mode === 'streamed' ? 'app.setup({ enableHttpStream: true });' : '';
    const app = createTemporaryApp({ 'main.js': `import { app } from '@azure/functions';${setup}${functions}` });
    const host = await start('local/bin/millrace-host.mjs', [app.folder, '--port', '0']);
    for (const kind of ['GET', 'POST'] as const)
      for (const atOnce of [connections, 1]) {
        const [ours, floor] = [sideOf('millrace-host', host, kind, atOnce), sideOf('node:http', bare, kind, atOnce)];
        for (const side of [ours, floor]) await side.run();
        const title = `${kind}, ${mode} bodies, ${atOnce} at once`;
        await compare(title, ours, floor, { pairs, unit: 'requests', ...(atOnce > 1 && { target: targets[mode] }) });
      }
    await host.stop();
    app.remove();
  }
  await bare.stop();
}
