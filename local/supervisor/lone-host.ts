// `millrace-host` on its own: keeps one host process alive, as Azure does with a worker, and gives it its port again.
import { fileURLToPath } from 'node:url';
import { hostUsage, parseHostArguments } from '../host/host-arguments.ts';
import { hostMemoryMb } from '../host/host-memory.ts';
import { keepAlive } from './child.ts';

/** Longer than a host takes to end in order. */
const graceMs = 5_000;

/** Runs until SIGINT, SIGTERM or SIGHUP; exits 0 when it was asked to end, 1 when the host could not start. */
export async function main(argv: readonly string[]): Promise<void> {
  let heapMb: number;
  try {
    if (parseHostArguments(argv) === 'help') return void process.stdout.write(hostUsage);
    heapMb = hostMemoryMb(process.env);
  } catch (error) {
    process.stderr.write(`millrace-host: ${(error as Error).message}\n\n${hostUsage}`);
    process.exit(1);
  }
  const host = keepAlive({
    name: 'host',
    module: fileURLToPath(new URL('../bin/millrace-host.mjs', import.meta.url)),
    args: (first) => [...argv, ...(first ? ['--port', String(first['http'])] : [])],
    graceMs,
    heapMb,
    // Standard output is the host's: with --json, objects only.
    log: (line) => process.stderr.write(`${line}\n`),
  });
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    await host.stop();
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop());
  // A reader of our lines that goes away does not end the host.
  process.stdout.on('error', () => {});
  // The host has said itself why it did not start.
  host.started.catch(() => stopping || process.exit(1));
}
