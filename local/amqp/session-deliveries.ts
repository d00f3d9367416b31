// Deliveries of a session whose link has ended: they would keep their places, and those not yet sent the whole session.
import { maxWaitingDeliveries } from './congestion.ts';
import type { RawLink, RawSession, Ring, RingEntry } from './raw-session.ts';
import { tellFlow } from './rhea-internals.ts';

export function forgetDeliveries({ entries }: Ring, link: RawLink): void {
  for (const delivery of entries) if (delivery?.link === link) forget(delivery);
}

/** What a link has not sent when it ends is never sent; and when as much as may wait has gone, there is room for more. */
export function keepDeliveriesMoving(session: RawSession): void {
  const { outgoing } = session;
  const send = outgoing.process.bind(outgoing);
  outgoing.process = () => {
    while (outgoing.next_pending_delivery < outgoing.next_delivery_id) {
      const next = outgoing.deliveries.by_id(outgoing.next_pending_delivery);
      if (!next || (next.link.state.local_open && !(next.settled && next.remote_settled))) break;
      forget(next);
      outgoing.next_pending_delivery += 1;
    }
    const waiting = outgoing.next_delivery_id - outgoing.next_pending_delivery;
    send();
    if (waiting >= maxWaitingDeliveries) tellFlow(session.connection);
  };
}

function forget(delivery: RingEntry): void {
  delivery.settled = true;
  delivery.remote_settled = true;
}
