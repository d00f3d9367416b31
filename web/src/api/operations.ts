import { ask, post } from './ask.ts';

export interface OperatorTask {
  readonly taskId: string;
  readonly kind: string;
  readonly subject: string;
  readonly step?: string;
  readonly detail: string;
  readonly state: 'open' | 'closed';
  readonly closedAs?: string;
  readonly raisedAt: string;
  readonly updatedAt: string;
}

export interface TaskEntry {
  readonly at: string;
  readonly by: string;
  readonly action: string;
  readonly outcome: string;
  readonly note?: string;
  readonly detail?: string;
}

export const taskActions = ['retry', 'skip', 'resolve'] as const;

export const operatorTask = (taskId: string) =>
  ask<OperatorTask & { history: readonly TaskEntry[] }>(`/api/v1/operator-tasks/${taskId}`);

export const actOnTask = (taskId: string, action: (typeof taskActions)[number], note: string) =>
  ask<OperatorTask>(`/api/v1/operator-tasks/${taskId}/${action}`, post(note === '' ? {} : { note }));
