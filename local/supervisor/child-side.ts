// A child of the supervisor from its own side: says when it is ready or why it failed, and ends in order when it is told to.
import { StoreError } from '../store/store-errors.ts';
import { type Ports, portUses } from './options.ts';

/** What a child tells the supervisor. `inUse`: a port or a folder is taken, perhaps only until another process has ended. */
export type ChildMessage =
  | { readonly kind: 'ready'; readonly ports: Readonly<Record<string, number>> }
  | { readonly kind: 'failed'; readonly message: string; readonly inUse?: boolean }
  /** It ends to be started anew, with other files. */
  | { readonly kind: 'changed'; readonly message: string };

/** What the supervisor tells a child when all are up: where the others listen. They keep these ports. */
export interface NeighboursMessage {
  readonly kind: 'neighbours';
  readonly ports: Ports;
}

export interface RunningChild {
  readonly ports: Readonly<Record<string, number>>;
  close(): Promise<void>;
}

/** A child that does not end by itself after this is ended. */
const longestStopMs = 2_000;

/**
 * Starts the work of this process. SIGINT is the supervisor's business (a terminal sends it to every process of the group); SIGTERM
 * and the loss of the supervisor end the process. `wished` are the ports it was told to listen on; `neighbours` are known when
 * every process has started once.
 */
export async function runChild(
  wished: Partial<Ports>,
  start: (neighbours: Promise<Ports>) => Promise<RunningChild>,
): Promise<void> {
  let running: RunningChild | undefined;
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), longestStopMs).unref();
    await running?.close().catch((error: unknown) => process.stderr.write(`while stopping: ${describe(error)}\n`));
    process.exit(0);
  };
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => void stop());
  process.on('disconnect', () => void stop());
  const neighbours = new Promise<Ports>((resolve) => {
    process.on('message', (message: NeighboursMessage) => resolve(message.ports));
  });
  try {
    running = await start(neighbours);
    tell({ kind: 'ready', ports: running.ports }, () => {});
  } catch (error) {
    tell(startFailure(error, wished), () => process.exit(1));
  }
}

function tell(message: ChildMessage, told: () => void): void {
  if (process.send) process.send(message, () => told());
  else {
    process.stderr.write(`${JSON.stringify(message)}\n`);
    told();
  }
}

/** Why a start failed, with what to do about it; a taken port by its number, use and option. */
export function startFailure(error: unknown, wished: Partial<Ports>): Extract<ChildMessage, { kind: 'failed' }> {
  const port = takenPort(error);
  const name = (Object.keys(wished) as (keyof Ports)[]).find((known) => wished[known] === port);
  if (port !== undefined && name !== undefined) {
    const { option, use } = portUses[name];
    const message = `Port ${port} (${use}) is taken by another process. End it, or choose another port with ${option}.`;
    return { kind: 'failed', message, inUse: true };
  }
  const inUse = error instanceof StoreError && error.kind === 'in-use';
  return { kind: 'failed', message: describe(error), ...(inUse && { inUse }) };
}

/** The port of an EADDRINUSE, also where it is the cause of what was thrown. */
function takenPort(error: unknown): number | undefined {
  const { code, port, cause } = error as NodeJS.ErrnoException & { port?: number; cause?: unknown };
  if (code === 'EADDRINUSE') return port;
  return cause === undefined ? undefined : takenPort(cause);
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // A plain Error was thrown for whoever starts this; anything else is a mistake in the program and shows where.
  const isForPeople = error instanceof StoreError || error.name === 'Error';
  return isForPeople ? error.message : (error.stack ?? error.message);
}
