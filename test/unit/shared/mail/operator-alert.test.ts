import { expect, test } from 'vitest';
import { operatorAlert, type RaisedTask } from '../../../../shared/mail/operator-alert.ts';

const task: RaisedTask = {
  taskId: 't-1',
  kind: 'compensation',
  subject: 'o-1',
  step: 'cancel-shipment',
  detail: 'the driver <b>Eve</b> has it',
  raised: 1,
};
const alert = (changes: Partial<RaisedTask> = {}) => operatorAlert({ ...task, ...changes }, 'operator@example.com');

test('the mail says what failed, of what, why, and what to do', () => {
  const { to, subject, text } = alert();
  expect([to, subject]).toEqual(['operator@example.com', 'A step could not be undone: cancel-shipment']);
  for (const part of ['o-1', 'has it', '/api/v1/operator-tasks/t-1/retry']) expect(text).toContain(part);
});

test('what somebody else said cannot bring markup into the mail', () => {
  expect(alert().html).not.toContain('<b>');
});

test('each opening of a task is one mail, whenever it is made', () => {
  expect(alert().operationId).toBe(alert({ detail: 'in other words' }).operationId);
  expect(alert({ raised: 2 }).operationId).not.toBe(alert().operationId);
  expect(alert({ taskId: 't-2' }).operationId).not.toBe(alert().operationId);
});
