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

export interface SignalReading {
  readonly subject?: string;
  /** As people read it. */
  readonly text: string;
  readonly state: 'ok' | 'high';
  /** Of what is high: what is wrong, and what to do. */
  readonly title?: string;
  readonly advice?: string;
}

export interface Signal {
  readonly name: string;
  readonly at: string;
  /** Highest first. */
  readonly readings: readonly SignalReading[];
  /** Why it could not be measured. */
  readonly failure?: string;
}

export const measuredSignals = async () => (await ask<{ items: readonly Signal[] }>('/api/v1/signals')).items;
