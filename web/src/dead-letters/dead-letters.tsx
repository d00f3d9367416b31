// What nobody could handle: the open ones by cause, and every one that came, newest first.
import { useState } from 'preact/hooks';
import { lettersOf, openGroups } from '../api/dead-letters.ts';
import { Picker } from '../picker.tsx';
import { Status } from '../status.tsx';
import { shortId, timeOf } from '../text.ts';
import { useAnswer } from '../use-answer.ts';
import { LetterDetail } from './letter-detail.tsx';

const everyMs = 2_000;
/** Counting reads every open letter. */
const countEveryMs = 5_000;

export function DeadLetters() {
  const [cause, chooseCause] = useState('');
  const [chosen, choose] = useState('');
  const groups = useAnswer(openGroups, 'groups', countEveryMs);
  const letters = useAnswer(() => lettersOf(cause), cause, everyMs);
  return (
    <section class="wide" aria-labelledby="dead-letters">
      <h2 id="dead-letters">Dead letters</h2>
      <div class="halves">
        <Picker
          label="Causes, the most frequent first"
          items={groups.value}
          empty="No message waits for a person."
          idOf={(group) => group.cause}
          chosen={cause}
          choose={(wanted) => chooseCause(wanted === cause ? '' : wanted)}
        >
          {(group) => (
            <>
              <span class="name" title={group.cause}>
                {group.cause}
              </span>
              <span class="number">{group.count}</span>
              <time dateTime={group.oldestAt}>{timeOf(group.oldestAt)}</time>
            </>
          )}
        </Picker>
        <Picker
          label={cause === '' ? 'Letters, newest first' : `Open letters of ${cause}, newest first`}
          items={letters.value}
          empty="None came."
          idOf={({ id }) => id}
          chosen={chosen}
          choose={choose}
        >
          {({ state, sourceEntity, correlationId, originalId, arrivedAt }) => (
            <>
              <Status of={state} />
              <span class="name">{sourceEntity}</span>
              <code title={originalId}>{correlationId ?? shortId(originalId)}</code>
              <time dateTime={arrivedAt}>{timeOf(arrivedAt)}</time>
            </>
          )}
        </Picker>
      </div>
      <output>{groups.error ?? letters.error}</output>
      <div class="detail tall">
        {chosen === '' ? (
          <p class="quiet">Choose a letter to see what it says and why it came. A cause shows its own alone.</p>
        ) : (
          <LetterDetail
            key={chosen}
            id={chosen}
            updatedAt={letters.value?.find(({ id }) => id === chosen)?.updatedAt}
          />
        )}
      </div>
    </section>
  );
}
