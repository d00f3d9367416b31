// The command `millrace-broker` as a process of its own, to be killed, frozen and started again on its port and folder.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from './wait-for.ts';

const command = new URL('../../local/bin/millrace-broker.mjs', import.meta.url).pathname;

export interface BrokerProcess extends AsyncDisposable {
  readonly data: string;
  /** Of the first start, and of every other. */
  readonly port: number;
  /** All it printed so far, over all starts. */
  output(): string;
  /** `maxFileSizeBytes` stands for a disk that is full: no file may grow beyond it. */
  start(limits?: { readonly maxFileSizeBytes?: number }): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** kill -9 */
  kill(): Promise<void>;
}

/** Not started yet. `topology` is what a topology file holds. */
export function brokerProcess(topology: object): BrokerProcess {
  const folder = mkdtempSync(join(tmpdir(), 'broker-process-'));
  const config = join(folder, 'topology.json');
  const data = join(folder, 'data');
  writeFileSync(config, JSON.stringify(topology));
  let child: ChildProcess | undefined;
  let port = 0;
  let printed = '';

  async function start({ maxFileSizeBytes }: { readonly maxFileSizeBytes?: number } = {}): Promise<void> {
    const args = [command, '--config', config, '--port', String(port), '--data', data];
    const started =
      maxFileSizeBytes === undefined
        ? spawn(process.execPath, args)
        : spawn('bash', ['-c', `ulimit -f ${maxFileSizeBytes / 1024}; exec "$0" "$@"`, process.execPath, ...args]);
    child = started;
    let said = '';
    for (const stream of [started.stdout, started.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        printed += text;
      });
    const line = await waitFor('the broker to be ready or to end', () => {
      const isOver = started.exitCode !== null || started.signalCode !== null;
      return isOver ? 'none' : /^Ready: amqp:\/\/127\.0\.0\.1:\d+$/m.exec(said)?.[0];
    });
    if (line === 'none') throw new Error(`the broker ended: ${said}`);
    port = Number(line.slice(line.lastIndexOf(':') + 1));
  }

  async function kill(): Promise<void> {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  return {
    data,
    get port() {
      return port;
    },
    output: () => printed,
    start,
    signal: (signal) => void child?.kill(signal),
    kill,
    async [Symbol.asyncDispose]() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
