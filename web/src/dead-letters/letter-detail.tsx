// One letter: why it came, what it says, what was done about it, and what can be done.
import { useState } from 'preact/hooks';
import { messageOf } from '../api/ask.ts';
import { deadLetter, discard, dryRun, resubmit, type WholeLetter } from '../api/dead-letters.ts';
import { timeOf } from '../text.ts';
import { useAnswer } from '../use-answer.ts';

interface LetterDetailProps {
  readonly id: string;
  /** Of the list's row: when it changes there is more history. */
  readonly updatedAt: string | undefined;
}

export function LetterDetail({ id, updatedAt }: LetterDetailProps) {
  const { value: letter, error } = useAnswer(() => deadLetter(id), `${updatedAt}`);
  const [answer, setAnswer] = useState('');
  return (
    <>
      <p>
        <strong>{letter?.reason}</strong> at {letter?.sourceEntity}{' '}
        <code>{letter === undefined ? '' : (letter.type ?? letter.originalId)}</code>
      </p>
      <p>{letter?.description}</p>
      {letter?.state === 'open' ? <OpenLetter letter={letter} say={setAnswer} /> : null}
      {letter === undefined || letter.state === 'open' ? null : <pre class="body">{bodyText(letter)}</pre>}
      <output>{answer || error}</output>
      <ol class="events">
        {letter?.history.map(({ at, by, action, outcome, note, detail }) => (
          <li key={`${at}${action}${outcome}`}>
            <time dateTime={at}>{timeOf(at)}</time> <strong>{action}</strong> {outcome}{' '}
            <span class="quiet">by {by}</span>
            <small>{[note, detail].filter((text) => text !== undefined).join(' · ')}</small>
          </li>
        ))}
      </ol>
    </>
  );
}

const bodyText = ({ body, bodyEncoding }: WholeLetter): string =>
  bodyEncoding === 'json' ? JSON.stringify(body, undefined, 2) : String(body);

const actions = {
  'Dry run': async (id: string, edit: object) => {
    const { wouldSucceed, problems } = await dryRun(id, edit);
    const told = problems.map(({ pointer, detail, code }) => `${pointer || 'the message'}: ${detail} (${code})`);
    return wouldSucceed ? 'It would be taken.' : `It would come back. ${told.join(' · ')}`;
  },
  Resubmit: async (id: string, edit: object) => `Sent to ${(await resubmit(id, edit)).sourceEntity}.`,
  Discard: async (id: string, _edit: object, reason: string) => `The letter is ${(await discard(id, reason)).state}.`,
} as const;

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (fault) {
    throw new Error(`The body is not JSON: ${messageOf(fault)}`, { cause: fault });
  }
}

/** The body can be mended before it is sent again. */
function OpenLetter({ letter, say }: { readonly letter: WholeLetter; readonly say: (answer: string) => void }) {
  const [edited, setEdited] = useState<string>();
  const [reason, setReason] = useState('');
  const [sending, setSending] = useState(false);

  const act = async (action: keyof typeof actions): Promise<void> => {
    setSending(true);
    try {
      const edit = edited === undefined ? {} : { body: readJson(edited) };
      say(await actions[action](letter.id, edit, reason.trim()));
    } catch (refusal) {
      say(messageOf(refusal));
    }
    setSending(false);
  };

  return (
    <>
      <textarea
        class="body"
        aria-label="Body"
        value={edited ?? bodyText(letter)}
        spellcheck={false}
        onInput={(event) => setEdited(event.currentTarget.value)}
      />
      <p class="bar actions">
        <input
          aria-label="Reason to discard it"
          placeholder="Why? To discard it needs a reason"
          value={reason}
          maxLength={1000}
          onInput={(event) => setReason(event.currentTarget.value)}
        />
        <button type="button" disabled={edited === undefined} onClick={() => setEdited(undefined)}>
          As it came
        </button>
        {(Object.keys(actions) as (keyof typeof actions)[]).map((action) => (
          <button key={action} type="button" disabled={sending} onClick={() => void act(action)}>
            {action}
          </button>
        ))}
      </p>
    </>
  );
}
