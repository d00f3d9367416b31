// The mail operators get when something waits for them, once each time it is opened.
import { deterministicId } from '../kernel/ids.ts';
import type { Mail } from './mailer.ts';
import { renderMail } from './template.ts';

export interface RaisedTask {
  readonly taskId: string;
  readonly kind: 'compensation' | 'reconciliation';
  readonly subject: string;
  readonly step?: string | undefined;
  readonly detail: string;
  readonly raised: number;
}

const headlines = {
  compensation: 'A step could not be undone',
  reconciliation: 'The books do not agree',
} as const;

export function operatorAlert({ taskId, kind, subject, step, detail, raised }: RaisedTask, to: string): Mail {
  const path = `/api/v1/operator-tasks/${taskId}`;
  return {
    operationId: deterministicId('mail', 'operator-alert', taskId, String(raised)),
    to,
    ...renderMail(step === undefined ? headlines[kind] : `${headlines[kind]}: ${step}`, [
      { facts: { About: subject, 'What happened': detail, Task: taskId } },
      `Look at GET ${path}, then POST ${path}/retry, /skip or /resolve.`,
    ]),
    headers: { 'x-task-id': taskId },
  };
}
