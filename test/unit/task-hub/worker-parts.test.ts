// The small parts of the host's side: the cache of histories, results on their way, the loop that fetches.
import { describe, expect, it } from 'vitest';
import { activityFailure } from '../../../local/host/durable/run-activity.ts';
import { durableClientInput } from '../../../local/host/durable/durable-client-input.ts';
import { PastCache, extend, markPlayed } from '../../../local/host/durable/past.ts';
import { played } from '../../support/given-instance.ts';
import { deliverResult } from '../../../local/host/durable/deliver-result.ts';
import { runWorkLoop } from '../../../local/host/durable/work-loop.ts';
import { eventType, happened } from '../../../local/durable-protocol/history-event.ts';
import type { ActivityResult, ResultAnswer, WorkResult } from '../../../local/durable-protocol/work.ts';
import { waitFor } from '../../support/wait-for.ts';

const events = (count: number) =>
  Array.from({ length: count }, (_, index) => happened(index, { EventType: eventType.orchestratorStarted }));

describe('the cache of histories', () => {
  const follows = (length: number, leaseId = 'l') => ({ leaseId, length });

  it('gives back what was kept after the episode that the work follows on, once', () => {
    const cache = new PastCache();
    const past = played(events(2));
    cache.keep('i', 'l', past);
    expect(cache.take({ instanceId: 'i', follows: follows(2) })).toBe(past);
    expect(cache.take({ instanceId: 'i', follows: follows(2) })).toBeUndefined();
  });

  it('begins with nothing where the work follows on nothing', () => {
    const cache = new PastCache();
    cache.keep('i', 'l', played(events(2)));
    expect(cache.take({ instanceId: 'i' })).toMatchObject({ length: 0, live: [] });
  });

  it('has nothing that follows on another episode, or on what has made room for others', () => {
    const cache = new PastCache(5);
    cache.keep('i', 'l', played(events(3)));
    expect(cache.take({ instanceId: 'i', follows: follows(3, 'other') })).toBeUndefined();
    expect(cache.take({ instanceId: 'i', follows: follows(2) })).toBeUndefined();
    cache.keep('j', 'l', played(events(3)));
    expect(cache.take({ instanceId: 'i', follows: follows(3) })).toBeUndefined();
    expect(cache.take({ instanceId: 'j', follows: follows(3) })).toMatchObject({ length: 3 });
  });

  it('counts what was taken and kept again once', () => {
    const cache = new PastCache(5);
    for (const length of [2, 3, 4]) {
      const past = cache.take({ instanceId: 'i', follows: follows(length - 1) }) ?? played(events(1));
      extend(past, events(1), false);
      cache.keep('i', 'l', past);
    }
    expect(cache.take({ instanceId: 'i', follows: follows(4) })).toMatchObject({ length: 4 });
  });
});

describe('a history as the library replays it', () => {
  it('tells what is new from what is played, and all of it is played after the episode', () => {
    const past = played(events(2));
    extend(past, events(2), false);
    expect(past.live.map(({ IsPlayed }) => IsPlayed)).toEqual([true, true, false, false]);
    markPlayed(past);
    expect(past.live.every(({ IsPlayed }) => IsPlayed)).toBe(true);
  });
});

describe('a result on its way to the hub', () => {
  const result: ActivityResult = {
    of: 'activity',
    leaseId: 'l',
    instanceId: 'i',
    executionId: 'e',
    taskId: 0,
    outcome: { kind: 'completed', result: 'null' },
  };

  async function answersUntil(answers: (ResultAnswer | Error)[]): Promise<number> {
    let sent = 0;
    const send = async (): Promise<ResultAnswer> => {
      const answer = answers[sent++];
      if (answer instanceof Error) throw answer;
      return answer ?? 'done';
    };
    await deliverResult(result, send, new AbortController().signal);
    return sent;
  }

  it('is sent again while the hub is away or cannot take it', async () => {
    expect(await answersUntil([new Error('away'), 'failed', 'done'])).toBe(3);
  });

  it('is sent as a failure when it is too large', async () => {
    const sent: unknown[] = [];
    const send = async (each: WorkResult): Promise<ResultAnswer> => {
      sent.push(each.of === 'activity' ? each.outcome.kind : each);
      if (sent.length === 1) throw new RangeError('too large');
      return 'done';
    };
    await deliverResult(result, send, new AbortController().signal);
    expect(sent).toEqual(['completed', 'failed']);
  });

  it('is sent no more when it is late', async () => {
    expect(await answersUntil(['late', 'done'])).toBe(1);
  });
});

describe('the work loop', () => {
  it('asks for as many as there are free places, and never runs more', async () => {
    const asked: number[] = [];
    const stopping = new AbortController();
    const running: (() => void)[] = [];
    let offered = 0;
    const loop = runWorkLoop<number>({
      places: 2,
      fetch: async (max) => {
        asked.push(max);
        await new Promise(setImmediate);
        return offered++ < 3 ? [offered] : [];
      },
      run: () => new Promise((resolve) => running.push(resolve)),
      onUnreachable: async () => {},
      signal: stopping.signal,
    });
    await waitFor('both places to be taken', () => running.length === 2);
    expect(asked).toEqual([2, 1]);
    running[0]?.();
    await waitFor('the third to run', () => running.length === 3);
    expect(asked).toEqual([2, 1, 1]);
    stopping.abort();
    for (const end of running) end();
    await loop;
  });
});

describe('the failure of an activity', () => {
  it('is its message', () => {
    expect(activityFailure('a', '{ no json')).toEqual({
      kind: 'failed',
      Reason: "Activity function 'a' failed: { no json",
      Details: '{ no json',
    });
  });

  it('is what the app says of it, where it describes its errors', () => {
    const described = {
      errorType: 'OutOfStock',
      errorMessage: 'none left',
      isNonRetriable: false,
      properties: { n: 1 },
    };
    expect(activityFailure('a', JSON.stringify(described))).toMatchObject({
      Details: 'none left',
      FailureDetails: { ErrorType: 'OutOfStock', ErrorMessage: 'none left', Properties: { n: 1 } },
    });
  });
});

describe('the client input', () => {
  it('has the addresses the library fills in, and a base that ends in a slash', () => {
    const input = JSON.parse(durableClientInput({ taskHubName: 'hub', origin: 'http://127.0.0.1:7071' })) as {
      creationUrls: Record<string, string>;
      managementUrls: Record<string, string>;
      rpcBaseUrl: string;
    };
    const base = 'http://127.0.0.1:7071/runtime/webhooks/durabletask';
    expect(input.rpcBaseUrl).toBe(`${base}/`);
    expect(input.creationUrls['createNewInstancePostUri']).toBe(
      `${base}/orchestrators/{functionName}[/{instanceId}]?taskHub=hub&connection=Storage`,
    );
    expect(input.managementUrls).toMatchObject({
      id: 'INSTANCEID',
      sendEventPostUri: `${base}/instances/INSTANCEID/raiseEvent/{eventName}?taskHub=hub&connection=Storage`,
    });
  });
});
