import { useState } from 'preact/hooks';
import type { OperatorTask } from '../api/operations.ts';
import { Picker } from '../picker.tsx';
import { Status } from '../status.tsx';
import { shortId, timeOf } from '../text.ts';
import { TaskDetail } from './task-detail.tsx';

export function Tasks({ tasks }: { readonly tasks: readonly OperatorTask[] | undefined }) {
  const [chosen, choose] = useState('');
  return (
    <section class="wide" aria-labelledby="tasks">
      <h2 id="tasks">Operator tasks</h2>
      <Picker
        label="Operator tasks, open ones first"
        items={tasks}
        empty="Nothing waits for a person."
        idOf={({ taskId }) => taskId}
        chosen={chosen}
        choose={choose}
      >
        {({ state, closedAs, kind, step, subject, raisedAt }) => (
          <>
            <Status of={closedAs ?? state} />
            <span class="name">{step ?? kind}</span>
            <code title={subject}>{shortId(subject)}</code>
            <time dateTime={raisedAt}>{timeOf(raisedAt)}</time>
          </>
        )}
      </Picker>
      <div class="detail">
        {chosen === '' ? (
          <p class="quiet">Choose a task to see what happened.</p>
        ) : (
          <TaskDetail
            key={chosen}
            taskId={chosen}
            updatedAt={tasks?.find(({ taskId }) => taskId === chosen)?.updatedAt}
          />
        )}
      </div>
    </section>
  );
}
