// What is measured each minute: of each signal the highest value, and in red what is too much.
import { measuredSignals, type Signal } from '../api/operations.ts';
import { useAnswer } from '../use-answer.ts';

const everyMs = 10_000;

export function Signals() {
  const { value: signals, error } = useAnswer(measuredSignals, '', everyMs);
  return (
    <section class="wide" aria-labelledby="signals">
      <h2 id="signals">Signals</h2>
      {signals?.length === 0 ? <p class="quiet">Nothing was measured yet: it is done each minute.</p> : null}
      <ul class="strip">
        {signals?.map((signal) => (
          <SignalItem key={signal.name} signal={signal} />
        ))}
      </ul>
      {error === undefined ? null : <output>{error}</output>}
    </section>
  );
}

function SignalItem({ signal: { name, readings, failure } }: { readonly signal: Signal }) {
  const [highest] = readings;
  const text = failure === undefined ? (highest?.text ?? 'none') : '?';
  const isHigh = highest?.state === 'high';
  const note = failure ?? (isHigh ? [highest.subject, highest.advice].filter(Boolean).join(': ') : undefined);
  return (
    <li class={isHigh ? 'high' : ''} title={note ?? name}>
      <span class="quiet">{name.replaceAll('-', ' ')}</span>
      <strong>{text}</strong>
      {isHigh ? <small>{highest.title}</small> : null}
    </li>
  );
}
