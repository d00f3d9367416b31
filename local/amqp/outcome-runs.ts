// Tells each outcome as it is. rhea 3.0.5 reports deliveries that follow one another by one disposition, and compares the outcomes
// from the third on only: of a rejection beside an acceptance, one would be told for both. (A client on rhea does so still.)
import type { RawSession, RingEntry } from './raw-session.ts';

/** The descriptor of the outcome accepted. [AMQP 1.0 §3.4.2] */
const accepted = 0x24;

export function settleByRuns(session: RawSession): void {
  const { incoming, outgoing } = session;
  const answer = incoming.process.bind(incoming);
  incoming.process = (given) =>
    eachRun(incoming.updated, (run) => {
      incoming.updated = run;
      answer(given);
    });
  const send = outgoing.process.bind(outgoing);
  outgoing.process = () =>
    eachRun(outgoing.pending_dispositions, (run) => {
      outgoing.pending_dispositions = run;
      send();
    });
}

/** Acceptances that follow one another, and each other outcome alone; an empty run where there is none. */
function eachRun(deliveries: readonly RingEntry[], take: (run: RingEntry[]) => void): void {
  let run: RingEntry[] = [];
  let areAccepted = false;
  for (const delivery of deliveries) {
    const isAccepted = delivery.state?.descriptor.value === accepted;
    if (run.length > 0 && !(areAccepted && isAccepted)) {
      take(run);
      run = [];
    }
    run.push(delivery);
    areAccepted = isAccepted;
  }
  take(run);
}
