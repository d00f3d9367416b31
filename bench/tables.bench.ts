// The local Table service beside Azurite's: three-row batches, point reads and pages of one partition, at 1,000 and 100,000 rows
// (ours at a million too), each server a process of its own on a disk. Ours answers when a batch is synced to disk; Azurite writes a
// snapshot every five seconds. One raw client for both, 16 requests at once; what is read is checked.
import { type ChildProcess, fork } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compare, type Run } from './pairs.ts';

const account = 'devstoreaccount1';
const key = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';
const table = 'bench';
const rowsInPartition = 100;
const atOnce = 16;
const clockTicksPerSecond = 100;

interface Server {
  readonly name: string;
  readonly port: number;
  readonly process: ChildProcess;
  stop(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

let agent = new Agent();

function send(server: Server, method: string, path: string, body = '', type = 'application/json'): Promise<Answer> {
  const url = new URL(`http://127.0.0.1:${server.port}/${account}/${path}`);
  const date = new Date().toUTCString();
  const signature = createHmac('sha256', Buffer.from(key, 'base64'))
    .update(`${date}\n/${account}${url.pathname}`)
    .digest('base64');
  const headers = {
    'x-ms-date': date,
    'x-ms-version': '2019-02-02',
    accept: 'application/json;odata=nometadata',
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    dataserviceversion: '3.0',
    authorization: `SharedKeyLite ${account}:${signature}`,
  };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => (text += part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

async function insertBatch(server: Server, partitionKey: string, count: number): Promise<void> {
  const parts = Array.from({ length: count }, (_, n) => {
    const entity = {
      PartitionKey: partitionKey,
      RowKey: rowKeyOf(n),
      n,
      text: 'an event of some length, as orders have them',
    };
    return [
      '--changeset_c',
      'Content-Type: application/http',
      'Content-Transfer-Encoding: binary',
      '',
      `POST http://127.0.0.1:${server.port}/${account}/${table} HTTP/1.1`,
      'Content-Type: application/json',
      'Accept: application/json;odata=nometadata',
      'Prefer: return-no-content',
      'DataServiceVersion: 3.0',
      '',
      JSON.stringify(entity),
      '',
    ].join('\r\n');
  });
  const head = '--batch_b\r\nContent-Type: multipart/mixed; boundary=changeset_c\r\n\r\n';
  const body = `${head}${parts.join('')}--changeset_c--\r\n--batch_b--\r\n`;
  const answer = await send(server, 'POST', '$batch', body, 'multipart/mixed; boundary=batch_b');
  const written = answer.body.match(/HTTP\/1\.1 204/g)?.length;
  if (answer.status !== 202 || written !== count) throw new Error(`a batch was refused: ${answer.body.slice(0, 500)}`);
}

const rowKeyOf = (row: number): string => String(row).padStart(5, '0');

async function readPoint(server: Server, rows: number): Promise<void> {
  const at = Math.floor(Math.random() * rows);
  const row = at % rowsInPartition;
  const path = `${table}(PartitionKey='${partitionOf(at)}',RowKey='${rowKeyOf(row)}')`;
  const { status, body } = await send(server, 'GET', path);
  if (status !== 200 || (JSON.parse(body) as { n: number }).n !== row) throw new Error(`wrong point read: ${body}`);
}

async function readPage(server: Server, rows: number): Promise<void> {
  const partition = partitionOf(Math.floor(Math.random() * rows));
  const filter = encodeURIComponent(`PartitionKey eq '${partition}' and n ge 50`);
  const { status, body } = await send(server, 'GET', `${table}()?$filter=${filter}`);
  if (status !== 200 || (JSON.parse(body) as { value: unknown[] }).value.length !== 50)
    throw new Error(`wrong page: ${body.slice(0, 500)}`);
}

const partitionOf = (at: number): string => `p${Math.floor(at / rowsInPartition)}`;

async function inParallel(count: number, task: (index: number) => Promise<void>): Promise<void> {
  // New connections each time: Azurite closes its own after five idle seconds.
  agent.destroy();
  agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  let next = 0;
  const work = async () => {
    while (next < count) await task(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

async function measure(server: Server, units: number, task: () => Promise<void>): Promise<Run> {
  const [cpu, begun] = [cpuMs(server.process.pid), performance.now()];
  await inParallel(units, task);
  return { units, wallMs: performance.now() - begun, cpuMs: cpuMs(server.process.pid) - cpu };
}

/** Of another process, where the system tells. */
function cpuMs(pid: number | undefined): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return ((Number(fields[11]) + Number(fields[12])) * 1_000) / clockTicksPerSecond;
  } catch {
    return Number.NaN;
  }
}

let batches = 0;
const newPartition = (): string => `new-${(batches += 1)}`;

async function fill(server: Server, from: number, to: number): Promise<void> {
  const begun = performance.now();
  await inParallel((to - from) / rowsInPartition, (index) =>
    insertBatch(server, partitionOf(from + index * rowsInPartition), rowsInPartition),
  );
  const seconds = (performance.now() - begun) / 1_000;
  console.log(
    `${server.name}: ${from} to ${to} rows in ${seconds.toFixed(1)} s (${((to - from) / seconds).toFixed(0)} rows/s)`,
  );
}

const workloads = [
  {
    title: 'three-row batches',
    units: 400,
    task: (server: Server) => insertBatch(server, newPartition(), 3),
  },
  { title: 'point reads', units: 1_000, task: readPoint },
  { title: 'pages of 50 of a partition', units: 200, task: readPage },
] as const;

async function compareAt(ours: Server, azurite: Server, rows: number): Promise<void> {
  for (const { title, units, task } of workloads) {
    const side = (server: Server) => ({
      name: server.name,
      run: () => measure(server, units, () => task(server, rows)),
    });
    await compare(`${title} at ${rows} rows`, side(ours), side(azurite), {
      unit: title.split(' ')[0] === 'point' ? 'reads' : 'requests',
    });
  }
}

async function start(name: string, kind: 'ours' | 'azurite', path: string): Promise<Server> {
  const child = fork(new URL('./table-server.ts', import.meta.url), [kind, path]);
  const [port] = (await once(child, 'message')) as [number];
  return {
    name,
    port,
    process: child,
    stop: async () => {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

async function figures(server: Server, rows: number): Promise<void> {
  for (const { title, units, task } of workloads) {
    const { wallMs, cpuMs: cpu } = await measure(server, 5 * units, () => task(server, rows));
    const rate = ((5 * units) / wallMs) * 1_000;
    console.log(
      `${title} at ${rows} rows, ${server.name}: ${rate.toFixed(0)} a second, CPU ${((cpu * 1_000) / (5 * units)).toFixed(0)} µs each`,
    );
  }
}

export async function run(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-tables-'));
  const ours = await start('local tables', 'ours', join(directory, 'ours'));
  const azurite = await start('Azurite 3.37', 'azurite', join(directory, 'azurite.json'));
  for (const server of [ours, azurite]) await send(server, 'POST', 'Tables', JSON.stringify({ TableName: table }));
  for (const [from, to] of [
    [0, 1_000],
    [1_000, 100_000],
  ] as const) {
    for (const server of [ours, azurite]) await fill(server, from, to);
    await compareAt(ours, azurite, to);
  }
  await azurite.stop();
  console.log(
    'Azurite is left out at 1,000,000 rows: its batches and pages take longer the more rows there are, as seen above.',
  );
  await fill(ours, 100_000, 1_000_000);
  await figures(ours, 1_000_000);
  await ours.stop();
  agent.destroy();
  rmSync(directory, { recursive: true, force: true });
}
