// The app at work in the model world: its own handlers, activities and orchestration, as queues, timers, webhooks, the task hub, clients
// and operators set them going. `registered` holds what the app registered: see test/model/whole-system.test.ts.
import { actOnTask } from '../../shared/operations/act-on-task.ts';
import { type ActivityCall, runPaymentSaga, type StepResult } from '../../shared/orders/payment-saga.ts';
import type { OutboxMessage } from '../../shared/kernel/outbox.ts';
import { topology } from '../../shared/kernel/topology.ts';
import type { PaymentHint } from '../../shared/payments/payment-provider.ts';
import { type ModelWorld, modelWorld } from './model-world.ts';
import { isDeath, isPassing, mortalHosts, type Trouble } from './mortal-hosts.ts';

export type Handler = (input: unknown, context: object) => Promise<StepResult>;

/** The parts of functions/ that need no registration. */
export interface AppParts {
  readonly registered: ReadonlyMap<string, Handler>;
  readonly settlePayment: (world: ModelWorld['ports'], hint: PaymentHint) => Promise<unknown>;
  readonly checkOrder: (
    world: ModelWorld['ports'] & { startSaga: (orderId: string) => Promise<boolean> },
    orderId: string,
    nowMs: number,
  ) => Promise<unknown>;
  readonly resolveCompensation: (world: ModelWorld['ports'], subject: string, step: string) => Promise<void>;
}

/** How an activity is run: once; by two at once; late, when nobody waits for its answer any more. */
export type Run = 'once' | 'twice' | 'late';

export interface Chance {
  /** Lets others go first. */
  readonly turn: () => Promise<void>;
  readonly troubleOf: (what: string) => Trouble;
  /** By default once. */
  readonly runOf?: () => Run;
  readonly clock: { readonly now: () => number; readonly passTo: (ms: number) => void };
  /** Called before each activity of a saga. */
  readonly beforeActivity?: (call: ActivityCall) => void | Promise<void>;
}

const quiet = { log: () => {}, debug: () => {}, warn: () => {}, error: () => {}, triggerMetadata: {} };
const mailLabels = new Set(['PaymentCaptured', 'OrderCancelled', 'LatePaymentReversed']);
const topics = new Set(topology.serviceBus.topics.map(({ name }) => name));

export type ModelApp = ReturnType<typeof modelApp>;

export function modelApp(parts: AppParts, chance: Chance, units: Readonly<Record<string, number>>) {
  const { turn, runOf, clock, beforeActivity } = chance;
  const hosts = mortalHosts(turn, chance.troubleOf);
  const underWay = new Set<Promise<unknown>>();
  const failures: unknown[] = [];
  const background = (work: () => Promise<unknown>): void => {
    const promise = work().catch((error: unknown) => void failures.push(error));
    underWay.add(promise);
    void promise.then(() => underWay.delete(promise));
  };
  const persistently = (work: () => Promise<unknown>): void => background(() => hosts.persist(work));
  const call = (name: string, input: unknown): Promise<StepResult> => {
    const handler = parts.registered.get(name);
    if (handler === undefined) throw new Error(`the app has no ${name}`);
    return handler(input, { ...quiet, triggerMetadata: { messageId: 'm', deliveryCount: 1 } });
  };
  /** Comes again when its completion is lost. */
  const deliver = (name: string, { body }: OutboxMessage): void =>
    persistently(async () => {
      await call(name, Buffer.from(body));
      await hosts.cross(`complete ${name}`, () => undefined);
    });
  const world = modelWorld(hosts, units, {
    message: (message) => {
      if (message.transport === 'event-hubs') return;
      if (message.destination === 'new-order') return deliver('startPaymentSaga', message);
      const isMail = topics.has(message.destination) ? mailLabels.has(message.label) : message.destination === 'mail';
      if (isMail) deliver('sendOrderMail', message);
    },
    hint: (partition) => persistently(() => call('publishOutbox', { partition })),
    payment: (hint) => tell(hint),
  });
  /** The provider tells until it hears that it was heard, and tells again when it did not hear so. */
  function tell(hint: PaymentHint): void {
    background(async () => {
      for (;;) {
        try {
          return await hosts.run(async () => {
            await parts.settlePayment(world.ports, hint);
            await hosts.cross('acknowledge', () => undefined);
          });
        } catch {
          await turn();
        }
      }
    });
  }

  const sagas = new Map<string, Promise<void>>();
  const reports = new Map<string, string>();
  const client = {
    getStatus: (orderId: string) =>
      hosts.cross('saga status', () => {
        if (!sagas.has(orderId)) throw new Error('404: there is no instance');
      }),
    startNew: (_name: string, { instanceId }: { instanceId: string }) =>
      hosts.cross('start saga', () => {
        if (sagas.has(instanceId)) throw new Error('409: it exists');
        const saga = drive(instanceId).then((status) => void reports.set(instanceId, status));
        sagas.set(instanceId, saga);
        background(() => saga);
      }),
  };

  /** The task hub: an activity whose host died is run by another one. Throws what the activity threw. */
  const activity = async ({ activity: name, input }: ActivityCall): Promise<StepResult> => {
    for (;;) {
      try {
        return await hosts.run(() => call(name, input));
      } catch (error) {
        if (!isDeath(error)) throw error;
      }
    }
  };

  async function drive(orderId: string): Promise<string> {
    const saga = runPaymentSaga(orderId, clock.now);
    let move = saga.next();
    while (!move.done) {
      const wish = move.value;
      if (wish.do === 'pause') {
        const endsAt = clock.now() + wish.durationMs;
        await turn();
        clock.passTo(endsAt);
        move = saga.next();
        continue;
      }
      await beforeActivity?.(wish.call);
      const run = runOf?.();
      if (run === 'twice') background(() => activity(wish.call).catch(() => undefined));
      try {
        if (run === 'late') {
          background(() => activity(wish.call).catch(() => undefined));
          clock.passTo(clock.now() + wish.withinMs);
          throw new Error('no answer in time');
        }
        move = saga.next(await activity(wish.call));
      } catch (error) {
        move = saga.throw(error);
      }
    }
    return move.value.status;
  }

  const openTasks = () => [...world.tasks.values()].filter(({ state }) => state === 'open');
  /** Operators ask for each open task again and again. */
  const retryTasks = async (): Promise<void> => {
    for (const { taskId, kind } of openTasks()) {
      if (kind !== 'compensation') continue;
      const act = { action: 'retry', by: 'operator' } as const;
      const retry = () =>
        actOnTask({ tasks: world.ports.tasks, now: Date.now }, taskId, act, ({ subject, step = '' }) =>
          parts.resolveCompensation(world.ports, subject, step),
        );
      await hosts.persist(retry).catch((error: unknown) => {
        if ((error as { code?: string }).code !== 'step-still-fails') throw error;
      });
    }
  };
  const startSaga = async (orderId: string): Promise<boolean> => {
    const isNew = !sagas.has(orderId);
    await call('startPaymentSaga', Buffer.from(startOf(orderId)));
    return isNew;
  };
  const startOf = (orderId: string): string =>
    world.orders.sent.find(({ destination, correlationId }) => destination === 'new-order' && correlationId === orderId)
      ?.body ?? '';
  const sweep = async (): Promise<void> => {
    await hosts.persist(() => call('sweepOutbox', undefined));
    await hosts.persist(() => call('expireReservations', undefined));
  };
  const reconcile = async (): Promise<void> => {
    for (const orderId of world.orders.streams.keys()) {
      await attempt(() => parts.checkOrder({ ...world.ports, startSaga }, orderId, clock.now()));
    }
    for (const { paymentId, orderId } of world.provider.ledger.values()) {
      await attempt(() =>
        parts.settlePayment(world.ports, { paymentId, ...(orderId === undefined ? {} : { orderId }) }),
      );
    }
  };
  /** What fails is found again by the next run. */
  const attempt = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await hosts.run(work);
    } catch (error) {
      if (!isPassing(error) && (error as { kind?: string }).kind !== 'permanent') throw error;
    }
  };

  return {
    ...world,
    world: { ...world.ports, client },
    persist: hosts.persist,
    background,
    openTasks,
    retryTasks,
    sweep,
    reconcile,
    reports,
    failures,
    isQuiet: () => underWay.size === 0,
    /** Until nothing is under way any more. */
    quiet: async (): Promise<void> => {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
