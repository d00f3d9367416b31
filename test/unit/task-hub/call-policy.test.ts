import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closeActivity, fireTimer } from '../../../local/task-hub/close-task.ts';
import {
  type HistoryEvent,
  type RetryPolicy,
  eventType,
  isScheduling,
} from '../../../local/durable-protocol/history-event.ts';
import { type Instance, type Step, applyStep } from '../../../local/task-hub/instance.ts';
import type { ActivityOutcome } from '../../../local/durable-protocol/work.ts';
import { advancePolicies, retryDelayMs } from '../../../local/task-hub/call-policy.ts';
import { instanceThatScheduled } from '../../support/given-instance.ts';

const failed: ActivityOutcome = { kind: 'failed', Reason: 'no', Details: 'no luck' };

function instanceWith(policies: readonly RetryPolicy[]): Instance {
  return instanceThatScheduled(
    policies.map((retry, taskId) => ({ taskId, kind: 'activity', name: `a${taskId}`, input: 'null', retry })),
  );
}

const at = (nowMs: number) => ({ nowMs, freshExecutionId: 'fresh' });
const executionId = 'e1';

function apply(instance: Instance, step: Step | undefined): void {
  if (step) applyStep(instance, step);
}

function fail(instance: Instance, taskId: number, nowMs: number): void {
  apply(instance, closeActivity(instance, { executionId, taskId }, failed, at(nowMs)));
  apply(instance, advancePolicies(instance, at(nowMs)));
}

function fire(instance: Instance, taskId: number, nowMs: number): void {
  apply(instance, fireTimer(instance, { executionId, taskId }, at(nowMs)));
  apply(instance, advancePolicies(instance, at(nowMs)));
}

const retryMark = (event: HistoryEvent) => ({
  EventId: event.EventId,
  ...('RetryOf' in event && { RetryOf: event.RetryOf }),
});
const typesOf = (events: readonly HistoryEvent[]) => events.map(({ EventType }) => EventType);

describe('a failed attempt', () => {
  it('is followed by a timer, and the timer by the next attempt, each with the next id', () => {
    const instance = instanceWith([{ firstRetryIntervalMs: 100, maxNumberOfAttempts: 3 }]);
    fail(instance, 0, 1_000);
    expect([...instance.open.values()]).toMatchObject([{ taskId: 1, kind: 'timer', fireAtMs: 1_100 }]);
    fire(instance, 1, 1_100);
    expect([...instance.open.values()]).toMatchObject([{ taskId: 2, kind: 'activity', progress: { attempt: 2 } }]);
    expect(typesOf(instance.history.slice(-4))).toEqual([
      eventType.taskFailed,
      eventType.timerCreated,
      eventType.timerFired,
      eventType.taskScheduled,
    ]);
    expect(instance.inbox).toEqual([]);
  });

  it('marks what it schedules as a retry of the first', () => {
    const instance = instanceWith([{ firstRetryIntervalMs: 100, maxNumberOfAttempts: 3 }]);
    fail(instance, 0, 0);
    fire(instance, 1, 100);
    const retries = instance.history.filter(isScheduling).map(retryMark);
    expect(retries).toEqual([{ EventId: 0 }, { EventId: 1, RetryOf: 0 }, { EventId: 2, RetryOf: 0 }]);
  });

  it('that was the last lets its timer fire at once, for the orchestrator to see', () => {
    const instance = instanceWith([{ firstRetryIntervalMs: 60_000, maxNumberOfAttempts: 1 }]);
    fail(instance, 0, 1_000);
    expect(instance.open.size).toBe(0);
    expect(instance.inbox.map(({ event }) => event)).toMatchObject([{ EventType: eventType.timerFired, TimerId: 1 }]);
  });

  it('after the retry time-out uses up the attempts that are left', () => {
    const instance = instanceWith([{ firstRetryIntervalMs: 100, maxNumberOfAttempts: 4, retryTimeoutMs: 50 }]);
    fail(instance, 0, 60);
    expect(instance.open.size).toBe(0);
    expect(typesOf(instance.history).filter((type) => type === eventType.taskFailed)).toHaveLength(4);
    expect(instance.inbox.map(({ event }) => event)).toMatchObject([{ EventType: eventType.timerFired, TimerId: 7 }]);
  });

  it('of one of many fails the instance when its time-out would skip a thousand attempts, and frees the others', () => {
    const endless = { firstRetryIntervalMs: 100, maxNumberOfAttempts: 5_000, retryTimeoutMs: 50 };
    const instance = instanceWith([endless, { firstRetryIntervalMs: 100, maxNumberOfAttempts: 2 }]);
    fail(instance, 0, 60);
    expect(instance.record).toMatchObject({
      status: 'Failed',
      output: expect.stringContaining('4999 attempts') as string,
    });
    expect(instance.open.size).toBe(0);
  });
});

describe('several failed attempts', () => {
  it('take ids in the order in which they failed', () => {
    const policy = { firstRetryIntervalMs: 100, maxNumberOfAttempts: 2 };
    const instance = instanceWith([policy, policy]);
    for (const taskId of [1, 0]) apply(instance, closeActivity(instance, { executionId, taskId }, failed, at(0)));
    apply(instance, advancePolicies(instance, at(0)));
    const timers = instance.history.filter(isScheduling).slice(2);
    expect(timers.map((event) => [event.EventId, retryMark(event).RetryOf])).toEqual([
      [2, 1],
      [3, 0],
    ]);
  });

  it('leave what is not theirs in the inbox', () => {
    const instance = instanceThatScheduled([
      { taskId: 0, kind: 'activity', name: 'plain', input: 'null' },
      {
        taskId: 1,
        kind: 'activity',
        name: 'retried',
        input: 'null',
        retry: { firstRetryIntervalMs: 1, maxNumberOfAttempts: 2 },
      },
    ]);
    fail(instance, 0, 0);
    fail(instance, 1, 0);
    expect(instance.inbox.map(({ event }) => event)).toMatchObject([
      { EventType: eventType.taskFailed, TaskScheduledId: 0 },
    ]);
  });
});

describe('the delay', () => {
  it.each([
    [{ firstRetryIntervalMs: 100, maxNumberOfAttempts: 5 }, [100, 100, 100]],
    [{ firstRetryIntervalMs: 100, maxNumberOfAttempts: 5, backoffCoefficient: 2 }, [100, 200, 400]],
    [
      { firstRetryIntervalMs: 100, maxNumberOfAttempts: 5, backoffCoefficient: 10, maxRetryIntervalMs: 500 },
      [100, 500, 500],
    ],
  ])('of %j grows as the policy says', (policy, delaysMs) => {
    expect([1, 2, 3].map((attempt) => retryDelayMs(policy, attempt))).toEqual(delaysMs);
  });

  it('never exceeds the longest interval and never shrinks', () => {
    const policies = fc.record({
      firstRetryIntervalMs: fc.nat(100_000),
      maxNumberOfAttempts: fc.constant(1_000),
      backoffCoefficient: fc.double({ min: 1, max: 100, noNaN: true }),
      maxRetryIntervalMs: fc.nat(1_000_000),
    });
    fc.assert(
      fc.property(policies, fc.integer({ min: 1, max: 1_000 }), (policy, attempt) => {
        const delayMs = retryDelayMs(policy, attempt);
        expect(delayMs).toBeLessThanOrEqual(policy.maxRetryIntervalMs);
        expect(retryDelayMs(policy, attempt + 1)).toBeGreaterThanOrEqual(delayMs);
      }),
    );
  });
});
