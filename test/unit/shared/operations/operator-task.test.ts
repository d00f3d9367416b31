import { expect, test } from 'vitest';
import { AppError } from '../../../../shared/kernel/errors.ts';
import {
  type Act,
  decideBegin,
  decideClose,
  decideFailed,
  decideRaise,
  decideTold,
  type OperatorTask,
  type TaskAction,
  type TaskChange,
  taskIdOf,
  type TaskWish,
} from '../../../../shared/operations/operator-task.ts';

const at = (second: number): string => new Date(Date.UTC(2030, 0, 1, 0, 0, second)).toISOString();
const wish: TaskWish = { kind: 'compensation', subject: 'o-1', step: 'cancel-shipment', detail: 'it has left' };
const act = (action: TaskAction, second = 1): Act => ({ action, by: 'ada', note: 'seen to', at: at(second) });

function given(change: TaskChange | undefined): OperatorTask {
  if (change === undefined) throw new Error('nothing was decided');
  return change.task;
}

const open = given(decideRaise(undefined, wish, at(0)));
const closed = (action: TaskAction): OperatorTask => given(decideClose(open, act(action)));

test('a task is of its kind, subject and step', () => {
  const ids = [
    wish,
    { ...wish, step: 'release-stock' },
    { ...wish, subject: 'o-2' },
    { ...wish, kind: 'reconciliation' },
  ] as const;
  expect(new Set(ids.map(taskIdOf)).size).toBe(4);
  expect(taskIdOf({ ...wish, detail: 'other words' })).toBe(taskIdOf(wish));
});

test('a task that is raised again while it is open stays as it is', () => {
  expect(decideRaise(open, { ...wish, detail: 'again' }, at(9))).toBeUndefined();
});

test.each(['retry', 'resolve'] as const)(
  'a task closed by %s is opened again when its cause is seen again',
  (action) => {
    const again = decideRaise(closed(action), { ...wish, detail: 'again' }, at(9));
    expect(again).toMatchObject({
      task: { taskId: open.taskId, state: 'open', raised: 2, detail: 'again', raisedAt: at(9) },
      entry: { action: 'raise', outcome: 'opened', detail: 'again' },
    });
    expect(again?.task).not.toHaveProperty('closedAs');
  },
);

test('a task that was skipped stays closed: somebody decided to leave it so', () => {
  expect(decideRaise(closed('skip'), wish, at(9))).toBeUndefined();
});

test('of each opening operators are told once', () => {
  const told = given(decideTold(open, 1));
  expect(decideTold(told, 1)).toBeUndefined();
  expect(decideTold(given(decideRaise({ ...closed('retry'), told: 1 }, wish, at(9))), 2)?.task.told).toBe(2);
});

test('what an action does is said before and after', () => {
  const begun = decideBegin(open, act('retry', 1));
  expect(begun?.entry).toEqual({ at: at(1), action: 'retry', by: 'ada', note: 'seen to', outcome: 'begun' });
  const failed = decideFailed(given(begun), act('retry', 2), 'still away');
  expect(failed?.entry).toMatchObject({ at: at(2), outcome: 'failed', detail: 'still away' });
  expect(failed?.task).toMatchObject({ state: 'open' });
  const ended = decideClose(given(failed), act('skip', 3));
  expect(ended).toMatchObject({ task: { state: 'closed', closedAs: 'skipped' }, entry: { outcome: 'skipped' } });
});

test('while one action is under way another has to wait, the same one may come again', () => {
  const begun = given(decideBegin(open, act('retry', 1)));
  expect(() => decideBegin(begun, act('skip', 2))).toThrow(expect.objectContaining({ code: 'task-busy' }));
  expect(decideBegin(begun, act('retry', 2))).toBeDefined();
});

test('an action that ended, or died, keeps nobody waiting', () => {
  const begun = given(decideBegin(open, act('retry', 1)));
  const failed = given(decideFailed(begun, act('retry', 2), 'why'));
  expect(decideBegin(failed, act('skip', 3))).toBeDefined();
  expect(decideBegin(begun, act('skip', 1 + 241))).toBeDefined();
});

test.each([
  ['retry', 'retry'],
  ['skip', 'skip'],
  ['resolve', 'resolve'],
] as const)('%s of a task that was closed by it changes nothing', (first, second) => {
  for (const decide of [decideBegin, decideClose]) expect(decide(closed(first), act(second, 5))).toBeUndefined();
});

test('another action on a closed task is refused with what was done', () => {
  for (const decide of [decideBegin, decideClose]) {
    expect(() => decide(closed('skip'), act('retry', 5))).toThrow(
      new AppError('task-closed', `The task was skipped at ${at(1)}: its history says by whom`),
    );
  }
});

test('what failed after the task was closed by another is not added to it', () => {
  expect(decideFailed(closed('resolve'), act('retry', 5), 'why')).toBeUndefined();
});
