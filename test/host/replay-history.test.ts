// Histories of everything durable orchestrations can do, recorded and replayed, against the same code and against changed code.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Local,
  type RecordedHistory,
  recordHistory,
  replayHistory,
  skippingClock,
  startLocal,
} from '../../local/testing/testing.ts';
import { waitFor } from '../support/wait-for.ts';

const app = join(import.meta.dirname, 'fixtures/orchestrations');

let local: Local;
let fixture: { code: { changed: boolean }; repaired: Set<string> };

beforeAll(async () => {
  local = await startLocal({ app, clock: skippingClock() });
  fixture = (await import(join(app, 'main.js'))) as typeof fixture;
});
afterAll(async () => {
  await local.close();
});

async function post(path: string, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${local.url}/runtime/webhooks/durabletask/${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

interface Run {
  readonly name: string;
  readonly input?: unknown;
  /** Raised as soon as the instance runs. */
  readonly events?: readonly string[];
}

async function finishedHistory(id: string, { name, input = null, events = [] }: Run): Promise<RecordedHistory> {
  await post(`orchestrators/${name}/${id}`, input);
  for (const event of events) await post(`instances/${id}/raiseEvent/${event}`, event);
  await local.finished(id);
  return JSON.parse(JSON.stringify(await recordHistory(local, id))) as RecordedHistory;
}

const runs: readonly Run[] = [
  { name: 'sequence', input: ['a', 'b', 'c'] },
  { name: 'everything', input: { key: 'k', round: 0, seen: [] }, events: ['go'] },
  { name: 'firstMilestone', input: { key: 'm' }, events: ['approval'] },
  { name: 'retriesInParallel', input: { key: 'p', counts: [3, 1, 2] } },
  { name: 'retryInVain', input: { key: 'v' } },
  { name: 'reusedInAny' },
  { name: 'nested' },
  { name: 'fanOut', input: 50 },
  { name: 'longTimer', events: ['stop'] },
  { name: 'uncancelledTimer', input: 3_600_000 },
  { name: 'events', events: ['step', 'step'] },
  { name: 'parent' },
  { name: 'parentWithRetry', input: { key: 'r', attempt: 3 } },
  { name: 'continuesWithText', input: '' },
  { name: 'countdown', input: { left: 2, seen: [] }, events: ['next', 'next', 'next'] },
  { name: 'throws' },
  { name: 'activityFails' },
  { name: 'described' },
];

describe('a recorded history', () => {
  it.each(runs)('of $name fits the code it came from', async (run) => {
    const recorded = await finishedHistory(`same-${run.name}`, run);
    await expect(replayHistory(recorded, { app })).resolves.toBeUndefined();
  });

  it('of an instance that still waits fits too', async () => {
    await post('orchestrators/changing/waits', null);
    await waitFor('the instance to wait', async () => (await recordHistory(local, 'waits')).history.length > 5);
    const recorded = await recordHistory(local, 'waits');
    expect(recorded.status).toBe('Running');
    await replayHistory(recorded, { app });
  });

  it('does not fit code that calls another activity: the error names the step', async () => {
    const recorded = await finishedHistory('other', { name: 'changing', events: ['go'] });
    fixture.code.changed = true;
    await expect(replayHistory(recorded, { app })).rejects.toThrow(
      "History of 'other': Orchestrator 'changing' is not deterministic: task 0 was a call of activity 'echo', and in the replay it is a call of activity 'fail'.",
    );
    fixture.code.changed = false;
    await replayHistory(recorded, { app });
  });

  it('does not fit code that has lost a step', async () => {
    const recorded = await finishedHistory('less', { name: 'shrinking', events: ['go'] });
    fixture.code.changed = true;
    const replayed = replayHistory(recorded, { app });
    await expect(replayed).rejects.toThrow("task 0 was a call of activity 'echo', and in the replay it is nothing");
    fixture.code.changed = false;
  });

  it('does not fit code that goes on where it ended', async () => {
    const recorded = await finishedHistory('more', { name: 'sequence', input: ['a', 'b'] });
    const isOfSecond = (event: object) =>
      ('EventId' in event && event.EventId === 1) || ('TaskScheduledId' in event && event.TaskScheduledId === 1);
    // As code would have left it that called one activity only.
    const shorter = { ...recorded, history: recorded.history.filter((event) => !isOfSecond(event)) };
    const replayed = replayHistory(shorter, { app });
    await expect(replayed).rejects.toThrow(
      "where it ended (Completed) the orchestrator now schedules task 1: a call of activity 'echo'",
    );
  });

  it('does not fit code that ends in another way', async () => {
    const recorded = await finishedHistory('ending', { name: 'throws' });
    const replayed = replayHistory({ ...recorded, status: 'Completed' }, { app });
    await expect(replayed).rejects.toThrow('the orchestrator now fails: thrown on purpose');
  });

  it('of an orchestrator that is gone names it', async () => {
    const recorded = await finishedHistory('gone', { name: 'sequence', input: [] });
    await expect(replayHistory({ ...recorded, name: 'renamed' }, { app })).rejects.toThrow(
      "no orchestrator 'renamed' any more",
    );
  });
});
