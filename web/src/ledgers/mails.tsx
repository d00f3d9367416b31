import { mails } from '../api/ledgers.ts';
import { timeOf } from '../text.ts';
import { useAnswer } from '../use-answer.ts';

export function Mails() {
  const { value = [], error } = useAnswer(mails, 'mails', 2000);
  return (
    <>
      <h2 id="mail">Mail</h2>
      <div class="ledger" role="region" aria-labelledby="mail" tabIndex={0}>
        {error === undefined ? null : <output>{error}</output>}
        {value.length === 0 ? <p class="quiet">No mail yet.</p> : null}
        <ul class="mails">
          {value
            .slice(-20)
            .toReversed()
            .map(({ sentAt, to, subject }) => (
              <li key={`${sentAt}${to}${subject}`}>
                <time dateTime={sentAt}>{timeOf(sentAt)}</time> {subject} <small>to {to}</small>
              </li>
            ))}
        </ul>
      </div>
    </>
  );
}
