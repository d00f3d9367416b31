// Whatever is thrown, whoever throws it, wherever the process dies: a message is done, waiting or a dead letter, an event handled or
// in quarantine. Never gone, its effect never twice, and a session never out of order.
import { InvocationContext } from '@azure/functions';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { batchHandler } from '../../../../../shared/adapters/functions/batch-handler.ts';
import { messageHandler, type Settling } from '../../../../../shared/adapters/functions/message-handler.ts';
import { checkIn } from '../../../../../shared/kernel/claim-check.ts';
import { toCloudEvent } from '../../../../../shared/kernel/cloud-event.ts';
import { AppError, type ErrorCode, errorRegistry } from '../../../../../shared/kernel/errors.ts';
import { defaultLimits } from '../../../../../shared/kernel/settlement.ts';
import { queues } from '../../../../../shared/kernel/topology.ts';
import { memoryClaims } from '../../../../support/memory-claims.ts';
import { Crashes, ModelBroker } from '../../../../support/model-broker.ts';

const thing = { type: 'millrace.tests.Thing.v1', schema: z.object({ name: z.string() }).loose() };

/** What one run of a handler does: works, or throws before or after its effect. */
interface Run {
  readonly thrown: unknown;
  readonly when: 'before' | 'after';
}

const codes = Object.keys(errorRegistry) as ErrorCode[];
const anything = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...codes).map((code) => new AppError(code, 'as the test wants it')) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom<ErrorCode>('storage-unavailable', 'mail-unavailable')
      .map((code) => new AppError(code, '')),
  },
  fc.constantFrom(
    undefined,
    null,
    0,
    'text',
    new TypeError('x is not a function'),
    { code: 'ECONNREFUSED' },
    Number.NaN,
  ),
);
const runs = fc.array(
  fc.option(fc.record<Run>({ thrown: anything, when: fc.constantFrom('before', 'after') }), { freq: 4 }),
  { maxLength: 24 },
);
/** `lost` is taken by the broker, but nobody hears of it. */
const sends = fc.array(fc.constantFrom('taken', 'refused', 'lost', 'too-large'), { maxLength: 12 });
const crashes = fc.uniqueArray(fc.integer({ min: 1, max: 120 }), { maxLength: 8 });

interface Given {
  readonly kind: 'queue' | 'session queue' | 'queue fed by a subscription';
  readonly runs: readonly (Run | null)[];
  readonly sends: readonly string[];
  readonly crashes: readonly number[];
  readonly isLarge: boolean;
  readonly jitter: number;
}

const given: fc.Arbitrary<Given> = fc.record({
  kind: fc.constantFrom<Given['kind']>('queue', 'session queue', 'queue fed by a subscription'),
  runs,
  sends,
  crashes,
  isLarge: fc.boolean(),
  jitter: fc.double({ min: 0, max: 1, noNaN: true }),
});

const names = ['a', 'b', 'c'];

/** Whether it keeps an order is the queue's, not the message's. */
const queueOf = ({ kind }: Given): string => (kind === 'session queue' ? queues.kitchen : 'work');

/** Sends three messages, lets them be handled until nothing waits, and looks after each delivery whether any is gone. */
async function settleAll(world: Given) {
  const broker = new ModelBroker(world.kind === 'session queue');
  const queue = queueOf(world);
  const process = new Crashes(world.crashes);
  const claims = memoryClaims();
  const [runsLeft, sendsLeft] = [[...world.runs], [...world.sends]];
  const effects: string[] = [];
  const destinations = new Set<string>();
  const ended = new Set<string>();
  const settling: Settling = {
    claims: { ...claims, get: async (name) => (await process.point(), await claims.get(name)) },
    limits: defaultLimits,
    now: () => broker.now,
    random: () => world.jitter,
    wait: async (ms) => {
      await process.point();
      broker.now += ms;
    },
    sender: {
      send: async (entity, message) => {
        await process.point();
        destinations.add(entity);
        const outcome = sendsLeft.shift() ?? 'taken';
        if (outcome === 'too-large') throw new AppError('message-too-large', '');
        if (outcome !== 'refused') for (const each of [message].flat()) broker.accept(entity, each);
        await process.point();
        if (outcome !== 'taken') throw new AppError('messaging-unavailable', outcome);
      },
    },
  };
  const handler = messageHandler(
    {
      queue,
      contracts: [thing],
      handle: async ({ id }) => {
        const run = runsLeft.shift() ?? undefined;
        await process.point();
        if (run && isNothingLeft(run.thrown)) ended.add(id);
        if (run?.when === 'before') throw run.thrown;
        // As every handler here is: the event's id tells what was done already.
        if (!effects.includes(id)) effects.push(id);
        await process.point();
        if (run) throw run.thrown;
        ended.add(id);
      },
    },
    () => settling,
  );
  const sent = new Map<string, Buffer>();
  for (const name of names) {
    const data = { name, filling: 'x'.repeat(world.isLarge ? 40_000 : 10) };
    const event = toCloudEvent({ id: name, type: thing.type, subject: name, time: '2030-01-01T00:00:00.000Z', data });
    const body = Buffer.from(await checkIn(JSON.stringify(event), claims));
    sent.set(name, body);
    broker.accept(world.kind === 'queue fed by a subscription' ? 'fed' : queue, {
      messageId: name,
      body,
      applicationProperties: { tenant: name },
      // A topic keeps a message's session, whoever it is forwarded to.
      ...(world.kind === 'queue' ? {} : { sessionId: 's' }),
    });
  }
  const nameOf = (properties: unknown): string => (properties as { tenant: string }).tenant;
  const find = (name: string) => ({
    waits: broker.waiting.filter(({ applicationProperties }) => nameOf(applicationProperties) === name),
    dead: broker.deadLetters.filter(({ message }) => nameOf(message.applicationProperties) === name),
    done: ended.has(name),
  });
  await broker.drain(handler, process, () => {
    for (const name of names) {
      const { waits, dead, done } = find(name);
      expect({ name, isGone: waits.length + dead.length === 0 && !done }).toEqual({ name, isGone: false });
      // A copy may wait beside its original, whose completion was lost.
      expect(new Set(waits.map(({ messageId }) => messageId)).size).toBe(waits.length);
      expect(waits.length).toBeLessThanOrEqual(world.kind === 'session queue' ? 1 : Number.POSITIVE_INFINITY);
    }
  });
  // A copy sent to the topic would reach every other subscriber again.
  expect([queue, 'dead-letters']).toEqual(expect.arrayContaining([...destinations]));
  return { broker, effects, sent };
}

const isNothingLeft = (thrown: unknown): boolean =>
  thrown instanceof AppError && ['conflict', 'rejected'].includes(thrown.kind);

test('a message is done, waiting or a dead letter, its body untouched, whatever is thrown and wherever the process dies', async () => {
  await fc.assert(
    fc.asyncProperty(given, async (world) => {
      const { broker, effects, sent } = await settleAll(world);
      expect(new Set(effects).size).toBe(effects.length);
      for (const { message, by } of broker.deadLetters) {
        const { tenant, reason, sourceEntity } = message.applicationProperties ?? {};
        expect(Buffer.from(message.body)).toEqual(sent.get(String(tenant)));
        const hasReason = Object.hasOwn(errorRegistry, String(reason)) && sourceEntity === queueOf(world);
        expect(hasReason || by === 'broker').toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});

test('while no process dies and every acknowledgement comes, there is never more than one of a message', async () => {
  const calm = given.map((world) => ({ ...world, crashes: [], sends: world.sends.filter((send) => send !== 'lost') }));
  await fc.assert(
    fc.asyncProperty(calm, async (world) => {
      const { broker } = await settleAll(world);
      const dead = broker.deadLetters.map(({ message }) => message.applicationProperties?.['tenant']);
      expect(new Set(dead).size).toBe(dead.length);
    }),
    { numRuns: 300 },
  );
});

test('a session keeps its order: no message takes effect before one sent earlier is done or dead', async () => {
  const inSession = given.map((world) => ({ ...world, kind: 'session queue' as const }));
  await fc.assert(
    fc.asyncProperty(inSession, async (world) => {
      const { effects } = await settleAll(world);
      expect(effects).toEqual(names.filter((name) => effects.includes(name)));
    }),
    { numRuns: 300 },
  );
});

test('what may pass is never a dead letter, however long it lasts within a day and whoever dies meanwhile', async () => {
  const down = new AppError('carrier-unavailable', 'down');
  const outages = fc.record({
    kind: fc.constantFrom<Given['kind']>('queue', 'queue fed by a subscription'),
    runs: fc
      .integer({ min: 0, max: 400 })
      .map((length) => Array.from({ length }, (): Run => ({ thrown: down, when: 'before' }))),
    sends: fc.array(fc.constantFrom('taken', 'refused'), { maxLength: 12 }),
    // So many deaths of one delivery are a poison message.
    crashes: fc.uniqueArray(fc.integer({ min: 1, max: 300 }), { maxLength: 2 }),
    isLarge: fc.boolean(),
    jitter: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  await fc.assert(
    fc.asyncProperty(outages, async (world) => {
      const { broker, effects } = await settleAll(world);
      expect(broker.deadLetters).toEqual([]);
      expect(new Set(effects)).toEqual(new Set(names));
    }),
    { numRuns: 60 },
  );
});

test('an event of a hub is handled or in quarantine before the checkpoint passes it, wherever the process dies', async () => {
  const events = Array.from({ length: 8 }, (_, n) => `event-${n}`);
  await fc.assert(
    fc.asyncProperty(runs, crashes, fc.array(fc.boolean(), { maxLength: 6 }), async (runList, deaths, quarantineUp) => {
      const process = new Crashes(deaths);
      const runsLeft = [...runList];
      const putsLeft = [...quarantineUp];
      const [effects, passed, quarantined] = [new Set<string>(), new Set<string>(), new Set<string>()];
      const handler = batchHandler<string>(
        {
          hub: 'readings',
          read: ({ body }) => Buffer.from(body).toString(),
          handle: async (items) => {
            const run = runsLeft.shift() ?? undefined;
            await process.point();
            if (run?.when === 'before') {
              if (isNothingLeft(run.thrown) && items.length === 1) passed.add(String(items[0]));
              throw run.thrown;
            }
            for (const item of items) effects.add(item);
            await process.point();
            if (run) throw run.thrown;
          },
        },
        () => ({
          put: async ({ offset }) => {
            await process.point();
            if (putsLeft.shift() === false) throw new AppError('storage-unavailable', 'down');
            quarantined.add(`event-${offset}`);
            await process.point();
          },
        }),
      );
      let checkpoint = 0;
      for (let retryCount = 0, lives = 0; checkpoint < events.length; lives += 1) {
        if (lives > 1_000) throw new Error('it never ends');
        const offsets = [0, 1, 2, 3].map((n) => String(checkpoint + n));
        const context = new InvocationContext({
          functionName: 'model',
          logHandler: () => {},
          retryContext: { retryCount, maxRetryCount: -1 },
          triggerMetadata: { offsetArray: offsets, sequenceNumberArray: offsets },
        });
        const batch = events.slice(checkpoint, checkpoint + 4).map((event) => Buffer.from(event));
        const end = await process.live(async () => {
          try {
            await handler(batch, context);
          } catch {
            return 'again' as const;
          }
          await process.point();
          return 'checkpoint' as const;
        });
        retryCount = end === 'again' ? retryCount + 1 : 0;
        if (end !== 'checkpoint') continue;
        checkpoint += batch.length;
        for (const event of events.slice(0, checkpoint)) {
          expect({ event, isGone: !effects.has(event) && !quarantined.has(event) && !passed.has(event) }).toMatchObject(
            {
              isGone: false,
            },
          );
        }
      }
    }),
    { numRuns: 500 },
  );
});
