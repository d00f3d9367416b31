// What AMQP asks of a session and rhea leaves out: names by direction, handles, endings, echo, drops of transfers, ranges.
import { settleByRuns } from './outcome-runs.ts';
import { type AttachFields, linkAt, type RawLink, type RawSession } from './raw-session.ts';
import type { Session } from './rhea-internals.ts';
import { forgetDeliveries, keepDeliveriesMoving } from './session-deliveries.ts';
import { guardTransfers } from './transfers.ts';
import { Violation } from './violation.ts';

/** Service Bus and Event Hubs take handles up to this. */
const maxHandle = 255;

/** To be called when a session begins. */
export function keepSessionRules(given: Session): void {
  const session = given as unknown as RawSession;
  session.local.begin.handle_max = maxHandle;
  guardLinks(session);
  guardFlow(session);
  guardDispositions(session);
  guardTransfers(session);
  settleByRuns(session);
  keepDeliveriesMoving(session);
}

/** A link is known by its number here: its name is unique for one direction only, and may come again. [AMQP 1.0 §2.6.1] */
function guardLinks(session: RawSession): void {
  session.on_attach = (frame) => {
    const { handle, role, initial_delivery_count } = frame.performative;
    checkHandle(session, handle);
    for (const other of Object.values(session.links)) if (isSame(other, frame.performative)) steal(other);
    const link = createLink(session, frame.performative);
    session.remote.handles[handle] = link;
    if (!role) link.delivery_count = initial_delivery_count ?? 0;
    link.on_attach(frame);
    link.remote.handle = handle;
  };
  session.remove_link = (link) => {
    delete session.local.handles[link.local.handle];
    delete session.links[link.local.handle];
  };
  const detach = session.on_detach.bind(session);
  session.on_detach = (frame) => {
    const { handle, closed } = frame.performative;
    const link = linkAt(session, handle);
    // Answered in kind. [AMQP 1.0 §2.6.5]
    if (!closed) link.close = () => link.detach();
    detach(frame);
    delete session.remote.handles[handle];
    forgetDeliveries(session.outgoing.deliveries, link);
  };
  const end = session.on_end.bind(session);
  session.on_end = (frame) => {
    for (const link of Object.values(session.links)) tellEnd(link);
    end(frame);
  };
}

/** rhea would keep it by its name, whatever that is. */
function createLink(session: RawSession, { name, role }: AttachFields): RawLink {
  const { links } = session;
  session.links = {};
  const link = role ? session.create_sender(name) : session.create_receiver(name);
  session.links = links;
  links[link.local.handle] = link;
  return link;
}

function checkHandle(session: RawSession, handle: number): void {
  if (handle > maxHandle)
    throw new Violation('amqp:connection:framing-error', `The highest handle is ${maxHandle}, not ${handle}.`);
  if (session.remote.handles[handle])
    throw new Violation('amqp:session:handle-in-use', `A link with handle ${handle} is attached already.`);
}

function isSame(link: RawLink, { name, role }: AttachFields): boolean {
  return link.name === name && link.is_sender() === role && link.state.local_open && link.state.remote_open;
}

function steal(link: RawLink): void {
  tellEnd(link);
  link.close({ condition: 'amqp:link:stolen', description: `Link '${link.name}' was attached again.` });
}

/** To those who serve it, as if the peer had closed it. */
function tellEnd(link: RawLink): void {
  if (link.state.remote_open) link.dispatch(link.prefix_event('close'), link._context());
}

function guardFlow(session: RawSession): void {
  const flow = session.on_flow.bind(session);
  session.on_flow = (frame) => {
    const { handle, link_credit, echo } = frame.performative;
    const link = handle === undefined ? undefined : linkAt(session, handle);
    if (link?.is_sender() && link_credit === undefined)
      throw new Violation('amqp:invalid-field', 'A flow for a link must say its link-credit.');
    flow(frame);
    if (!echo) return;
    if (!link) return session._write_flow();
    link.issue_flow = true;
    session.connection._register();
  };
}

/** Only what was sent and is unsettled can be settled: a range may name four billion deliveries. */
function guardDispositions(session: RawSession): void {
  const settle = session.on_disposition.bind(session);
  session.on_disposition = (frame) => {
    const { performative } = frame;
    const { role, first, last = first } = performative;
    const { deliveries } = role ? session.outgoing : session.incoming;
    const oldest = deliveries.get_head()?.id;
    const tail = deliveries.get_tail()?.id ?? -1;
    const newest = role ? Math.min(tail, session.outgoing.next_pending_delivery - 1) : tail;
    if (oldest === undefined || first > newest || last < oldest) return;
    if (first < oldest) performative.first = oldest;
    if (last > newest) performative.last = newest;
    settle(frame);
  };
}
