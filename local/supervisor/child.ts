// One child process kept alive: started, started again when it dies, ended when asked.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { ChildMessage, NeighboursMessage } from './child-side.ts';

export type ChildPorts = Readonly<Record<string, number>>;

export interface ChildOptions {
  readonly name: string;
  /** Path of the module it runs. */
  readonly module: string;
  /** Its command line; `ports` are those of its first start, which it shall have again. */
  readonly args: (ports: ChildPorts | undefined) => readonly string[];
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Its heap in MB; default: node's. */
  readonly heapMb?: number;
  /** After this much grace a stopping child is killed. */
  readonly graceMs: number;
  readonly onReady?: (ports: ChildPorts) => void;
  readonly onDown?: () => void;
  readonly log: (line: string) => void;
}

export interface Child {
  /** The ports of its first start. @throws Error saying why it did not start */
  readonly started: Promise<ChildPorts>;
  /** Tells it now, and again whenever it was started again. */
  tell(message: NeighboursMessage): void;
  /** Ends it for good; resolves when the process is gone. */
  stop(): Promise<void>;
}

/** What a killed run left behind (ports, locks) is gone within this time. */
const leftoversMs = 2_000;
const leftoversPollMs = 200;
const shortestBackOffMs = 100;
const longestBackOffMs = 5_000;
/** A child that lived this long begins the back-off anew. */
const steadyMs = 10_000;

/** How long to wait before start `attempt` (1, 2, …) in a row. */
export function backOffMs(attempt: number): number {
  return Math.min(longestBackOffMs, shortestBackOffMs * 2 ** (attempt - 1));
}

export function keepAlive(options: ChildOptions): Child {
  const stopping = new AbortController();
  const life: Life = { stopping: stopping.signal };
  let ended: Promise<void> = Promise.resolve();
  const started = new Promise<ChildPorts>((resolve, reject) => {
    ended = live(options, life, resolve, reject);
  });
  return {
    started,
    tell: (message) => {
      life.message = message;
      life.process?.send(message, () => {});
    },
    stop: async () => {
      stopping.abort();
      life.process?.kill('SIGTERM');
      const kill = setTimeout(() => life.process?.kill('SIGKILL'), options.graceMs);
      await ended;
      clearTimeout(kill);
    },
  };
}

interface Life {
  readonly stopping: AbortSignal;
  process?: ChildProcess | undefined;
  firstPorts?: ChildPorts;
  message?: NeighboursMessage;
}

interface Ending {
  readonly kind?: 'failed' | 'changed';
  readonly message?: string;
  readonly inUse?: boolean;
}

async function live(
  options: ChildOptions,
  life: Life,
  ready: (ports: ChildPorts) => void,
  failed: (error: Error) => void,
): Promise<void> {
  let startedAt = performance.now();
  let ending = await runFirst(options, life, ready);
  if (!life.firstPorts) return failed(new Error(`The ${options.name} process did not start: ${ending.message}`));
  for (let attempt = 1; !life.stopping.aborted; attempt += 1) {
    options.onDown?.();
    if (performance.now() - startedAt > steadyMs) attempt = 1;
    if (ending.kind === 'changed') {
      options.log(`The ${options.name} process starts anew: ${ending.message}.`);
      attempt = 0;
    } else {
      const waitMs = backOffMs(attempt);
      options.log(`The ${options.name} process died: ${ending.message}. It is started again in ${waitMs} ms.`);
      await delay(waitMs, undefined, { signal: life.stopping }).catch(() => {});
    }
    if (life.stopping.aborted) return;
    startedAt = performance.now();
    ending = await runOnce(options, life, () => {});
  }
}

/** The first run. What is in use is tried again for a while: a killed run may still be ending. */
async function runFirst(options: ChildOptions, life: Life, ready: (ports: ChildPorts) => void): Promise<Ending> {
  const giveUpAt = performance.now() + leftoversMs;
  for (;;) {
    const ending = await runOnce(options, life, (ports) => {
      life.firstPorts = ports;
      ready(ports);
    });
    if (ending.kind === 'changed' && !life.firstPorts && !life.stopping.aborted) continue;
    if (life.firstPorts || !ending.inUse || performance.now() > giveUpAt || life.stopping.aborted) return ending;
    await delay(leftoversPollMs);
  }
}

/** Runs the process until it is gone. */
async function runOnce(options: ChildOptions, life: Life, ready: (ports: ChildPorts) => void): Promise<Ending> {
  const child = fork(options.module, [...options.args(life.firstPorts)], {
    env: { ...process.env, ...options.environment },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    ...(options.heapMb !== undefined && { execArgv: [`--max-old-space-size=${options.heapMb}`] }),
  });
  life.process = child;
  if (life.stopping.aborted) child.kill('SIGTERM');
  let failure: Ending = {};
  child.on('message', (message: ChildMessage) => {
    if (message.kind !== 'ready') failure = message;
    else {
      options.onReady?.(message.ports);
      ready(message.ports);
      if (life.message) child.send(life.message, () => {});
    }
  });
  const [code, killedBy] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  life.process = undefined;
  // Its last message may still be on the way.
  if (child.connected) await once(child, 'disconnect');
  return { message: `it ended with ${killedBy ?? `exit code ${code}`}`, ...failure };
}
