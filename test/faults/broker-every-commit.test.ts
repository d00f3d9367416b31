// Faults 20 and 21 without dice: commit 1, 2, 3 … of a run fails in every way a commit can. Each time what was acknowledged is
// there, what was not is there whole or not at all, and the same broker or the next one goes on to the same end.
import { setImmediate as nextTick } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { DurableBroker } from '../../local/amqp/durable-broker.ts';
import { nextDueAtMs } from '../../local/broker/operations/due.ts';
import { send } from '../../local/broker/operations/send.ts';
import { openStore } from '../../local/store/store.ts';
import { openBroker, picture, sending, steps } from '../support/broker-scenario.ts';
import { failingStore, type Failure } from '../support/failing-store.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';

interface Run {
  /** What clients could find before the first step and after each. */
  readonly pictures: readonly string[];
  readonly commits: number;
}

/** Does the steps one after the other; one that is interrupted is done again, unless it turns out to be done. */
async function perform(failure: Failure, atCommit: number, expected: readonly string[] = []): Promise<Run> {
  await using real = await disposableStore();
  const clock = createFakeClock();
  const failing = failingStore(real.store, failure, atCommit);
  let broker = await openBroker(failing.store, clock);
  const pictures = [await pictureOf(broker, clock)];
  for (const [index, step] of steps.entries()) {
    const wasDead = failing.isDead;
    const isDone = await isDoneOrDead(step({ broker, clock }), () => failing.isDead && !wasDead);
    if (failing.isDead && !wasDead) {
      broker.close();
      broker = await openBroker(real.store, clock);
    }
    const found = await pictureOf(broker, clock);
    if (!isDone && found !== expected[index + 1]) {
      if (found !== expected[index]) throw new Error(`commit ${atCommit} left step ${index} half done:\n${found}`);
      await step({ broker, clock });
    }
    pictures.push(await pictureOf(broker, clock));
  }
  broker.close();
  return { pictures, commits: failing.commits };
}

async function isDoneOrDead(step: Promise<unknown>, isDead: () => boolean): Promise<boolean> {
  const outcomes: boolean[] = [];
  step.then(
    () => outcomes.push(true),
    () => outcomes.push(false),
  );
  while (outcomes.length === 0 && !isDead()) await nextTick();
  return outcomes[0] ?? false;
}

/** Once everything that is due is done and a broker that reads its store anew is back. */
async function pictureOf(broker: DurableBroker, clock: FakeClock): Promise<string> {
  for (;;) {
    try {
      // Answered behind all that is on its way to the disk.
      await broker.run(() => undefined);
      const dueAtMs = broker.look(nextDueAtMs) ?? Number.POSITIVE_INFINITY;
      if (dueAtMs > clock.now()) return picture(broker);
      clock.advance(0);
    } catch {
      clock.advance(1000);
    }
    await nextTick();
  }
}

async function disposableStore() {
  const store = await openStore({ ephemeral: true });
  return { store, [Symbol.asyncDispose]: () => store.close() };
}

describe('a broker whose commit N fails', async () => {
  const { pictures, commits } = await perform('refused', Number.POSITIVE_INFINITY);

  it.for<Failure>(['refused', 'killed-before', 'killed-after'])('comes to the same end: %s', async (failure) => {
    expect(commits).toBeGreaterThan(20);
    for (let atCommit = 1; atCommit <= commits; atCommit += 1) {
      const run = await perform(failure, atCommit, pictures);
      expect(run.pictures, `commit ${atCommit}`).toEqual(pictures);
    }
  });

  it('fault 24: accepts no duplicate before the message it repeats is on disk', async () => {
    await using real = await disposableStore();
    const failing = failingStore(real.store, 'refused', 1);
    const broker = await openBroker(failing.store, createFakeClock());
    const sendOnce = () => broker.run((state, turn) => send(state, turn, 'once', [sending('o1')]));
    const answers = await Promise.allSettled([sendOnce(), sendOnce()]);
    broker.close();
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});
