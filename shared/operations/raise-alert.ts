// Raises an alert and clears it, once each however many look and wherever one of them dies: whoever comes next tells what is not told.
import { alertCleared, alertRaised } from '../contracts/operations.ts';
import { type CloudEvent, toCloudEvent } from '../kernel/cloud-event.ts';
import { deterministicId } from '../kernel/ids.ts';
import {
  type Alert,
  alertIdOf,
  type AlertWish,
  decideClearAlert,
  decideRaiseAlert,
  decideToldAlert,
  isTold,
} from './alert.ts';
import type { AlertStore } from './alert-store.ts';

export interface AlertPorts {
  readonly alerts: AlertStore;
  /** Throws AppError events-unavailable. */
  readonly tell: (event: CloudEvent<object>) => Promise<void>;
  readonly now: () => number;
}

type Decide = (alert: Alert | undefined, at: string) => Alert | undefined;

/**
 * Raised once until it is cleared.
 * @throws AppError storage-unavailable, concurrent-change, events-unavailable: raise it again
 */
export const raiseAlert = (ports: AlertPorts, wish: AlertWish): Promise<void> =>
  turn(ports, alertIdOf(wish), (alert, at) => decideRaiseAlert(alert, wish, at));

/**
 * Nothing where it is not raised.
 * @throws AppError storage-unavailable, concurrent-change, events-unavailable: clear it again
 */
export const clearAlert = (ports: AlertPorts, of: Pick<AlertWish, 'name' | 'subject'>): Promise<void> =>
  turn(ports, alertIdOf(of), decideClearAlert);

/** Twice at the most: a turn that somebody left untold is told first, then comes our own. */
async function turn({ alerts, tell, now }: AlertPorts, alertId: string, decide: Decide): Promise<void> {
  for (const _try of ['theirs', 'ours']) {
    const at = new Date(now()).toISOString();
    const alert = await alerts.change(alertId, (before) => decide(before, at));
    if (alert === undefined || isTold(alert)) return;
    await tell(toldOf(alert));
    await alerts.change(alertId, (before) => decideToldAlert(before, alert.turns));
  }
}

function toldOf({ alertId, name, subject, title, detail, advice, state, turns, raisedAt, updatedAt }: Alert) {
  const data = { alertId, name, ...(subject === undefined ? {} : { subject }), title, detail, advice, raisedAt };
  return toCloudEvent({
    id: deterministicId('alert-turn', alertId, String(turns)),
    type: (state === 'raised' ? alertRaised : alertCleared).type,
    subject: alertId,
    time: updatedAt,
    data,
  });
}
