// Fault 18: a resubmission that is run twice, at once or killed midway is one, and what comes back comes back once.
import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import type { DeadLetter } from '../../../../shared/dead-letters/dead-letter.ts';
import { dryRun } from '../../../../shared/dead-letters/dry-run.ts';
import {
  discardLetter,
  repairLetter,
  type Resubmission,
  resubmitLetter,
  type ResubmitPorts,
  type ResubmitWish,
} from '../../../../shared/dead-letters/resubmit.ts';
import { AppError, toAppError } from '../../../../shared/kernel/errors.ts';
import { arrive, brokenBody, givenArrival, goodBody, jsonBody } from '../../../support/given-letter.ts';
import { memoryClaims } from '../../../support/memory-claims.ts';
import { type MemoryLetters, memoryLetters } from '../../../support/memory-letters.ts';
import { mortalHosts, type Trouble } from '../../../support/mortal-hosts.ts';
import { shuffledTurns } from '../../../support/shuffled-turns.ts';

let letters: MemoryLetters;
let sent: Resubmission[];
let nowMs: number;
let ports: ResubmitPorts;
let letter: DeadLetter;

beforeEach(async () => {
  letters = memoryLetters();
  sent = [];
  nowMs = Date.UTC(2030, 0, 2);
  ports = {
    letters,
    claims: memoryClaims(),
    resend: async (resubmission) => void sent.push(resubmission),
    now: () => (nowMs += 1_000),
  };
  letter = await arrive(letters);
});

const resubmit = (wish: Partial<ResubmitWish> = {}, world: Partial<ResubmitPorts> = {}) =>
  resubmitLetter({ ...ports, ...world }, letter.id, { action: 'a-1', by: 'ada', ...wish });
const outcomes = () => letters.entries(letter.id).map(({ by, action, outcome }) => `${by} ${action} ${outcome}`);
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (thrown: unknown) => toAppError(thrown).code,
  );
const dies = () => Promise.reject(new Error('killed'));

test('it goes to the queue it failed in, as it came, under an id of its own', async () => {
  expect(await resubmit({ note: 'try again' })).toMatchObject({ state: 'resubmitted', resubmissions: 1 });
  expect(sent).toMatchObject([{ messageId: 'm-1!r1', source: { kind: 'queue', queue: 'new-order' } }]);
  expect(Buffer.from(sent[0]?.body ?? [])).toEqual(brokenBody);
  expect(outcomes()).toEqual(['millrace arrive open', 'ada resubmit begun', 'ada resubmit done']);
  expect(letters.entries(letter.id)[2]).toMatchObject({ note: 'try again', detail: 'resubmission 1' });
});

test('fault 18: run twice it is sent once, and another action is told what was done', async () => {
  await resubmit();
  await resubmit();
  expect(sent).toHaveLength(1);
  expect(await codeOf(resubmit({ action: 'a-2' }))).toBe('dead-letter-closed');
});

test('fault 18: killed between send and note, it is sent again under the same id', async () => {
  const change: ResubmitPorts['letters']['change'] = (id, decide) =>
    sent.length === 0 ? letters.change(id, decide) : dies();
  await expect(resubmit({}, { letters: { ...letters, change } })).rejects.toThrow('killed');
  await resubmit();
  expect(sent.map(({ messageId }) => messageId)).toEqual(['m-1!r1', 'm-1!r1']);
  expect(outcomes()).toEqual(['millrace arrive open', 'ada resubmit begun', 'ada resubmit done']);
});

test('fault 18: while one is under way another waits, and takes its number over once it is dead', async () => {
  const change: ResubmitPorts['letters']['change'] = (id, decide) =>
    sent.length === 0 ? letters.change(id, decide) : dies();
  await expect(resubmit({}, { letters: { ...letters, change } })).rejects.toThrow('killed');
  expect(await codeOf(resubmit({ action: 'a-2' }))).toBe('dead-letter-busy');
  nowMs += 240_000;
  await resubmit({ action: 'a-2', by: 'grace' });
  expect(sent.map(({ messageId }) => messageId)).toEqual(['m-1!r1', 'm-1!r1']);
});

test('another body never goes under a number that may have been sent', async () => {
  const change: ResubmitPorts['letters']['change'] = (id, decide) =>
    sent.length === 0 ? letters.change(id, decide) : dies();
  await expect(resubmit({}, { letters: { ...letters, change } })).rejects.toThrow('killed');
  nowMs += 240_000;
  await resubmit({ action: 'a-2', body: goodBody });
  expect(sent.map(({ messageId }) => messageId)).toEqual(['m-1!r1', 'm-1!r2']);
});

test('fault 18: a poison one comes back once, opens the letter, and the same action sends it no second time', async () => {
  await resubmit();
  await arrive(letters, givenArrival({ messageId: 'm-1!r1' }));
  await arrive(letters, givenArrival({ messageId: 'm-1!r1#3' }));
  expect(await resubmit()).toMatchObject({ state: 'open', returned: 1 });
  expect(sent).toHaveLength(1);
  expect(outcomes().filter((outcome) => outcome.includes('return'))).toHaveLength(1);
  await resubmit({ action: 'a-2' });
  expect(sent[1]?.messageId).toBe('m-1!r2');
});

test('one that is back before its end is noted stays open', async () => {
  const resend = async (): Promise<void> => void (await arrive(letters, givenArrival({ messageId: 'm-1!r1' })));
  expect(await resubmit({}, { resend })).toMatchObject({ state: 'open', resubmissions: 1, returned: 1 });
});

test('what cannot be sent is noted once, stays open and is free for the next', async () => {
  const resend = () => Promise.reject(new AppError('messaging-unavailable', 'The broker is away'));
  for (let n = 0; n < 3; n += 1) expect(await codeOf(resubmit({}, { resend }))).toBe('messaging-unavailable');
  expect(outcomes()).toEqual(['millrace arrive open', 'ada resubmit begun', 'ada resubmit failed']);
  expect(await resubmit({ action: 'a-2', by: 'grace' })).toMatchObject({ state: 'resubmitted' });
  expect(sent.map(({ messageId }) => messageId)).toEqual(['m-1!r1']);
});

test('a mended body is held against the contract of its queue', async () => {
  const refused = await resubmit({ body: brokenBody }).catch((thrown: unknown) => thrown);
  expect(refused).toMatchObject({
    code: 'dead-letter-refused',
    errors: [{ pointer: expect.stringMatching(/^\/data\//) }],
  });
  expect(sent).toEqual([]);
  await resubmit({ body: goodBody });
  expect(JSON.parse(Buffer.from(sent[0]?.body ?? []).toString())).toEqual(JSON.parse(goodBody.toString()));
});

test('a mended body too large for a message has its data stored apart', async () => {
  const event = JSON.parse(goodBody.toString()) as { data: object };
  await resubmit({ body: jsonBody({ ...event, data: { ...event.data, note: 'x'.repeat(300_000) } }) });
  expect(JSON.parse(Buffer.from(sent[0]?.body ?? []).toString())).toMatchObject({ dataref: expect.any(String) });
});

test('a dry run says what is wrong and sends nothing', async () => {
  const { wouldSucceed, problems } = await dryRun(ports, letter.id);
  expect([wouldSucceed, problems[0]?.pointer]).toEqual([false, expect.stringMatching(/^\/data\//)]);
  expect(await dryRun(ports, letter.id, goodBody)).toEqual({ wouldSucceed: true, problems: [] });
  expect(await dryRun(ports, letter.id, Buffer.from('{'))).toMatchObject({ problems: [{ code: 'invalid-message' }] });
  expect(await dryRun(ports, letter.id, jsonBody({ type: 1 }))).toMatchObject({ wouldSucceed: false });
  await resubmit();
  expect(await dryRun(ports, letter.id, goodBody)).toMatchObject({ problems: [{ code: 'dead-letter-closed' }] });
  expect(sent).toHaveLength(1);
});

test('a letter of a place that takes no messages says so, in a dry run and in its history', async () => {
  letter = await arrive(letters, givenArrival({ sourceEntity: 'event-grid/nobody' }));
  expect(await dryRun(ports, letter.id)).toMatchObject({ problems: [{ code: 'no-way-back' }] });
  expect(await codeOf(resubmit())).toBe('no-way-back');
  expect(outcomes()).toContain('ada resubmit failed');
});

test('a discarded one is left as it is, twice over, and is not resubmitted', async () => {
  const discard = () => discardLetter(ports, letter.id, { action: 'd-1', by: 'ada', reason: 'a test of ours' });
  expect(await discard()).toMatchObject({ state: 'discarded' });
  await discard();
  expect(outcomes()).toEqual(['millrace arrive open', 'ada discard done']);
  expect(await codeOf(resubmit())).toBe('dead-letter-closed');
  expect(await codeOf(discardLetter(ports, 'none', { action: 'd', by: 'ada', reason: 'no' }))).toBe(
    'dead-letter-not-found',
  );
});

test('a repair counts as one of its own, once however often it runs', async () => {
  await repairLetter(ports, letter.id, { note: 'taken by now' });
  expect(letters.letters.get(letter.id)).toMatchObject({ state: 'repaired', repairs: 1 });
  await arrive(letters, givenArrival({ messageId: 'm-1!r1' }));
  await repairLetter(ports, letter.id, { note: 'again' });
  expect(letters.letters.get(letter.id)).toMatchObject({ state: 'repaired', repairs: 2 });
  expect(sent.map(({ messageId }) => messageId)).toEqual(['m-1!r1', 'm-1!r2']);
});

const troubles: readonly Trouble[] = ['none', 'none', 'none', 'lost before', 'lost after', 'dies before', 'dies after'];

test('fault 18: whatever dies or is lost, an action sends one message, and each message comes back once at the most', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(),
      fc.array(fc.constantFrom(...troubles), { maxLength: 30 }),
      fc.boolean(),
      fc.integer({ min: 1, max: 3 }),
      async (seed, planned, isPoison, actions) => {
        const { turn, until } = shuffledTurns(seed);
        const plan = [...planned];
        const hosts = mortalHosts(turn, () => plan.shift() ?? 'none');
        const store = memoryLetters();
        const { id } = await arrive(store);
        const taken = new Map<string, string>();
        const cross = async <T>(what: string, effect: () => Promise<T>): Promise<T> => {
          const { ending } = await hosts.cross(what, () => ({ ending: Promise.allSettled([effect()]) }));
          const [end] = await ending;
          if (end.status === 'rejected') throw end.reason;
          return end.value;
        };
        const world: ResubmitPorts = {
          claims: memoryClaims(),
          now: () => (nowMs += 100_000),
          letters: {
            ...store,
            get: (one) => cross('get', () => store.get(one)),
            change: (one, decide) => cross('change', () => store.change(one, decide)),
            body: (one, hash) => cross('body', () => store.body(one, hash)),
          },
          resend: ({ messageId, letter: { held } }) =>
            cross('send', async () => void (taken.has(messageId) || taken.set(messageId, held?.action ?? ''))),
        };
        const run = async (action: string): Promise<void> => {
          for (;;) {
            const code = await hosts.persist(() =>
              codeOf(resubmitLetter(world, id, { action, by: action })).then(passing),
            );
            if (code !== 'dead-letter-busy') return;
            await turn();
          }
        };
        const back = async (): Promise<void> => {
          const returned = new Set<string>();
          for (let idle = 0; idle < 60; idle += 1) {
            await turn();
            const messageId = [...taken.keys()].find((one) => !returned.has(one));
            if (messageId === undefined || !isPoison) continue;
            returned.add(messageId);
            await arrive(store, givenArrival({ messageId }));
            await arrive(store, givenArrival({ messageId }));
          }
        };
        const work = Array.from({ length: actions }, (_, n) => [run(`a-${n}`), run(`a-${n}`)]).flat();
        await until(Promise.all([...work, back()]));
        for (const messageId of isPoison ? taken.keys() : []) await arrive(store, givenArrival({ messageId }));
        const ended = store.letters.get(id);
        const returns = store.entries(id).filter(({ action }) => action === 'return').length;
        expect(taken.size).toBeGreaterThan(0);
        expect(taken.size).toBeLessThanOrEqual(isPoison ? actions : 1);
        expect(new Set(taken.values()).size).toBe(taken.size);
        expect([ended?.state, ended?.resubmissions]).toEqual([isPoison ? 'open' : 'resubmitted', taken.size]);
        expect(returns).toBe(isPoison ? taken.size : 0);
      },
    ),
    { numRuns: 300 },
  );
});

/** What passes is thrown, for the host to try again. */
function passing(code: string): string {
  if (code === 'storage-unavailable') throw new AppError('storage-unavailable', 'lost');
  return code;
}
