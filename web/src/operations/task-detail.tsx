// One task: what happened, what was done about it, and what can be done.
import { useState } from 'preact/hooks';
import { messageOf } from '../api/ask.ts';
import { actOnTask, operatorTask, taskActions } from '../api/operations.ts';
import { timeOf } from '../text.ts';
import { useAnswer } from '../use-answer.ts';

interface TaskDetailProps {
  readonly taskId: string;
  /** Of the list's row: when it changes there is more history. */
  readonly updatedAt: string | undefined;
}

export function TaskDetail({ taskId, updatedAt }: TaskDetailProps) {
  const { value: task, error } = useAnswer(() => operatorTask(taskId), `${updatedAt}`);
  const [note, setNote] = useState('');
  const [answer, setAnswer] = useState('');
  const [sending, setSending] = useState(false);

  const act = async (action: (typeof taskActions)[number]): Promise<void> => {
    setSending(true);
    try {
      const { closedAs = 'still open' } = await actOnTask(taskId, action, note.trim());
      setAnswer(`The task is ${closedAs}.`);
      setNote('');
    } catch (refusal) {
      setAnswer(messageOf(refusal));
    }
    setSending(false);
  };

  return (
    <>
      <p>
        <strong>{task?.step ?? task?.kind}</strong> <code>{task?.subject}</code>
      </p>
      <p>{task?.detail}</p>
      {task?.state === 'open' ? (
        <p class="bar actions">
          <input
            aria-label="Note"
            placeholder="Why? Skip and resolve need a note"
            value={note}
            maxLength={1000}
            onInput={(event) => setNote(event.currentTarget.value)}
          />
          {taskActions.map((action) => (
            <button key={action} type="button" disabled={sending} onClick={() => void act(action)}>
              {action}
            </button>
          ))}
        </p>
      ) : null}
      <output>{answer || error}</output>
      <ol class="events">
        {task?.history.map(({ at, by, action, outcome, note: said, detail }) => (
          <li key={`${at}${action}${outcome}`}>
            <time dateTime={at}>{timeOf(at)}</time> <strong>{action}</strong> {outcome}{' '}
            <span class="quiet">by {by}</span>
            <small>{[said, detail].filter((text) => text !== undefined).join(' · ')}</small>
          </li>
        ))}
      </ol>
    </>
  );
}
