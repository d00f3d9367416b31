// Operator tasks as an operator's tools ask for them.
import { type Answer, apiClient } from './api-client.ts';

export interface TaskAnswer {
  readonly taskId: string;
  readonly kind: string;
  readonly subject: string;
  readonly step?: string;
  readonly state: string;
  readonly closedAs?: string;
  readonly raised: number;
  /** Of a problem. */
  readonly code?: string;
  readonly history: readonly { readonly action: string; readonly outcome: string; readonly note?: string }[];
}

export function taskClient(url: string) {
  const { ask, get } = apiClient(url);
  const list = async (query = ''): Promise<readonly TaskAnswer[]> =>
    (await get<{ items: TaskAnswer[] }>(`/api/v1/operator-tasks${query}`)).items;
  return {
    list,
    get: (taskId: string) => get<TaskAnswer>(`/api/v1/operator-tasks/${taskId}`),
    /** The only task about this subject. */
    of: async (subject: string): Promise<TaskAnswer> => {
      const [task, ...others] = (await list('?limit=200')).filter((each) => each.subject === subject);
      if (task === undefined || others.length > 0) throw new Error(`${subject} has not one task: ${others.length + 1}`);
      return task;
    },
    act: (taskId: string, action: string, note?: string): Promise<Answer<TaskAnswer>> =>
      ask('POST', `/api/v1/operator-tasks/${taskId}/${action}`, note === undefined ? undefined : { note }),
  };
}
