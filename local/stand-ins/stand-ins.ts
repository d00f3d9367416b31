// The outside world of an app, on one HTTP surface: payment provider (/v1), carrier (/carrier), mail (/emails…), and the view of them
// for people and tests (/local/…). Durable: an answer is sent after its effect is on disk.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Clock, systemClock } from '../clock.ts';
import type { Store } from '../store/store.ts';
import { createTroubles, type Troubles } from '../troubles.ts';
import { createCarrier } from './carrier.ts';
import { type Answer, BodyTooLarge, problem, readRequest, type StandIn, sendAnswer } from './exchange.ts';
import { createFaults, type Mode, setFault } from './faults.ts';
import { createMail } from './mail.ts';
import { createPaymentProvider } from './payments/payments.ts';

const lateMs = 5_000;

export interface StandIns {
  /** True when the address belongs to a stand-in; the answer then follows by itself. */
  handle(req: IncomingMessage, res: ServerResponse): boolean;
  /** Ends the connections that a fault keeps waiting; no webhook is sent any more. */
  close(): void;
}

export interface StandInsOptions {
  readonly store: Store;
  readonly clock?: Clock;
  /** Default: told to standard error. */
  readonly troubles?: Troubles;
}

export function createStandIns({
  store,
  clock = systemClock,
  troubles = createTroubles(console.error, () => clock.now()),
}: StandInsOptions): StandIns {
  const faults = createFaults();
  const payments = createPaymentProvider({ store, clock, troubles, nextFault: () => faults.next('webhooks') });
  const carrier = createCarrier({ store, clock });
  const mail = createMail({ store, clock });
  const misbehaviour = createMisbehaviour(clock);

  const views: StandIn = async ({ method, url, body }) => {
    const path = url.pathname;
    if (path === '/local/faults' && method === 'POST') return setFault(faults, body);
    if (method !== 'GET') return problem(405, 'Method not allowed', `${path} is read with GET.`);
    if (path === '/local/faults') return { status: 200, body: faults.all() };
    if (path === '/local/mail') return { status: 200, body: await mail.sent() };
    if (path === '/local/payments') return { status: 200, body: await payments.ledger() };
    return { status: 200, body: await carrier.shipments() };
  };

  return {
    handle: (req, res) => {
      const path = (req.url ?? '/').split('?', 1)[0] ?? '/';
      const owner = ownerOf(path);
      if (owner === undefined) return false;
      if (owner === 'views') void misbehaviour.run('ok', views, req, res);
      else void misbehaviour.run(faults.next(owner), { payments, carrier, mail }[owner].handle, req, res);
      return true;
    },
    close: () => {
      misbehaviour.close();
      payments.close();
    },
  };
}

function ownerOf(path: string): 'payments' | 'carrier' | 'mail' | 'views' | undefined {
  if (path.startsWith('/v1/')) return 'payments';
  if (path.startsWith('/carrier/')) return 'carrier';
  if (path === '/emails:send' || path.startsWith('/emails/')) return 'mail';
  if (['/local/mail', '/local/payments', '/local/shipments', '/local/faults'].includes(path)) return 'views';
  return undefined;
}

/** Runs a request in a fault's mode: with or without the work, with, without or with a late answer. */
function createMisbehaviour(clock: Clock) {
  const waiting = new Set<() => void>();

  function waitWith(res: ServerResponse, end: () => void): void {
    waiting.add(end);
    res.once('close', () => waiting.delete(end));
  }

  /** The request as it came, however its sender has gone on since. */
  async function workLater(work: StandIn, req: IncomingMessage, wait: () => void): Promise<void> {
    const request = await readRequest(req).catch(() => undefined);
    if (request === undefined) return;
    clock.setTimer(clock.now() + lateMs, async () => void (await work(request).catch(report)));
    wait();
  }

  async function run(mode: Mode, work: StandIn, req: IncomingMessage, res: ServerResponse): Promise<void> {
    const reset = () => void req.socket.resetAndDestroy();
    if (mode === 'down') return reset();
    if (mode === 'timeout') return waitWith(res, reset);
    if (mode === 'late') return workLater(work, req, () => waitWith(res, reset));
    const answer = await answerOf(work, req);
    if (answer === undefined || res.destroyed) return;
    if (mode === 'lost-answer') return reset();
    if (mode === 'ok') return sendAnswer(res, answer);
    const timer = clock.setTimer(clock.now() + lateMs, () => sendAnswer(res, answer));
    res.once('close', () => timer.cancel());
    waitWith(res, reset);
  }

  const close = () => {
    for (const end of waiting) end();
  };
  return { run, close };
}

/** Undefined when the client went away before it had asked. */
async function answerOf(work: StandIn, req: IncomingMessage): Promise<Answer | undefined> {
  try {
    const request = await readRequest(req);
    return await work(request);
  } catch (error) {
    if (error instanceof BodyTooLarge) return problem(413, 'Body too large', 'A request may have 10 MB at most.');
    if (!req.complete) return undefined;
    report(error);
    return problem(500, 'The stand-in failed', 'Its log says why.');
  }
}

function report(error: unknown): void {
  process.stderr.write(`stand-ins: a request failed: ${error instanceof Error ? error.stack : String(error)}\n`);
}
