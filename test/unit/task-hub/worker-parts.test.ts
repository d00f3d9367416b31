// The small parts of the host's side: the cache of histories, the outbox of results, the loop that fetches.
import { describe, expect, it } from 'vitest';
import { activityFailure } from '../../../local/host/durable/run-activity.ts';
import { durableClientInput } from '../../../local/host/durable/durable-client-input.ts';
import { PastCache, played } from '../../../local/host/durable/past.ts';
import { ResultOutbox } from '../../../local/host/durable/result-outbox.ts';
import { runWorkLoop } from '../../../local/host/durable/work-loop.ts';
import { eventType, happened } from '../../../local/durable-protocol/history-event.ts';
import type { ActivityResult, OrchestrationWork, ResultAnswer } from '../../../local/durable-protocol/work.ts';
import { waitFor } from '../../support/wait-for.ts';

const events = (count: number) =>
  Array.from({ length: count }, (_, index) => happened(index, { EventType: eventType.orchestratorStarted }));

function work(parts: Partial<OrchestrationWork>): OrchestrationWork {
  const ids = { leaseId: 'l', instanceId: 'i', executionId: 'e', name: 'o', input: null, parentInstanceId: null };
  return { of: 'orchestration', ...ids, past: [], fresh: [], ...parts };
}

describe('the cache of histories', () => {
  it('puts what it has before what the hub sends', () => {
    const cache = new PastCache();
    const [a, b, c, d] = events(4);
    if (!a || !b || !c || !d) throw new Error('four events');
    cache.remember(work({ fresh: [b] }), played([a]));
    const past = cache.pastOf(work({ past: [c, d], follows: { leaseId: 'l', length: 2 } }));
    expect(past?.events).toEqual([a, b, c, d]);
    expect(past?.live).toMatchObject([{ IsPlayed: true }, { IsPlayed: true }, { IsPlayed: true }, { IsPlayed: true }]);
  });

  it('has nothing that follows on another episode, or on what has made room for others', () => {
    const cache = new PastCache(5);
    cache.remember(work({ fresh: events(3) }), played([]));
    expect(cache.pastOf(work({ follows: { leaseId: 'other', length: 3 } }))).toBeUndefined();
    cache.remember(work({ instanceId: 'j', fresh: events(3) }), played([]));
    expect(cache.pastOf(work({ follows: { leaseId: 'l', length: 3 } }))).toBeUndefined();
    expect(cache.pastOf(work({ instanceId: 'j', follows: { leaseId: 'l', length: 3 } }))?.events).toHaveLength(3);
  });
});

describe('the outbox of results', () => {
  const result = (taskId: number): ActivityResult => ({
    of: 'activity',
    leaseId: 'l',
    instanceId: 'i',
    executionId: 'e',
    taskId,
    outcome: { kind: 'completed', result: 'null' },
  });
  const never = new AbortController().signal;

  it('sends what is finished meanwhile together, and what failed again', async () => {
    const sent: number[][] = [];
    const answers: ResultAnswer[][] = [['done'], ['failed', 'late'], ['done']];
    const outbox = new ResultOutbox(async ({ results }) => {
      sent.push(results.map((each) => (each.of === 'activity' ? each.taskId : -1)));
      return answers.shift() ?? [];
    }, never);
    await Promise.all([outbox.deliver(result(0)), outbox.deliver(result(1)), outbox.deliver(result(2))]);
    expect(sent).toEqual([[0], [1, 2], [1]]);
  });

  it('goes on when the hub is away for a while', async () => {
    let calls = 0;
    const outbox = new ResultOutbox(async () => {
      if (++calls < 3) throw new Error('away');
      return ['done'];
    }, never);
    await outbox.deliver(result(0));
    expect(calls).toBe(3);
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
