// The insides of rhea's sessions and links that the rules of AMQP need, as far as they are read or replaced. rhea is pinned.
import type { Connection, Link } from './rhea-internals.ts';
import { Violation } from './violation.ts';

export interface AttachFields {
  readonly name: string;
  readonly handle: number;
  /** True: the peer receives. */
  readonly role: boolean;
  readonly initial_delivery_count: number | undefined;
}

interface FlowFields {
  readonly handle: number | undefined;
  readonly link_credit: number | undefined;
  readonly echo: boolean | undefined;
}

interface DispositionFields {
  /** True: the peer receives. */
  readonly role: boolean;
  first: number;
  last: number | undefined;
}

interface Frame<Fields> {
  readonly performative: Fields;
}

export interface RawLink extends Link {
  readonly state: { readonly local_open: boolean; readonly remote_open: boolean };
  readonly local: { readonly handle: number; readonly attach: { readonly max_message_size: number | undefined } };
  readonly remote: { handle: number | undefined };
  issue_flow: boolean;
  delivery_count: number;
  credit: number;
  on_attach(frame: Frame<AttachFields>): void;
  dispatch(event: string, context: unknown): void;
  prefix_event(event: string): string;
  _context(): unknown;
}

export interface RawSession {
  readonly connection: Connection & { _register(): void };
  readonly local: { readonly begin: { handle_max: number }; readonly handles: Record<number, RawLink> };
  readonly remote: { readonly handles: Record<number, RawLink> };
  links: Record<number, RawLink>;
  readonly outgoing: {
    readonly deliveries: Ring;
    readonly next_delivery_id: number;
    next_pending_delivery: number;
    /** Outcomes to be told. */
    pending_dispositions: RingEntry[];
    process(): void;
  };
  readonly incoming: {
    readonly deliveries: Ring;
    /** Outcomes to be told. */
    updated: RingEntry[];
    process(session: RawSession): void;
  };
  create_sender(name: string): RawLink;
  create_receiver(name: string): RawLink;
  remove_link(link: RawLink): void;
  on_attach(frame: Frame<AttachFields>): void;
  on_detach(frame: Frame<{ readonly handle: number; readonly closed: boolean | undefined }>): void;
  on_flow(frame: Frame<FlowFields>): void;
  on_transfer(frame: TransferFrame): void;
  on_disposition(frame: Frame<DispositionFields>): void;
  on_end(frame: unknown): void;
  _write_flow(): void;
}

export interface RingEntry {
  readonly id: number;
  readonly link: RawLink;
  readonly state: { readonly descriptor: { readonly value: number } } | undefined;
  settled: boolean;
  remote_settled: boolean;
}

export interface Ring {
  readonly entries: (RingEntry | undefined)[];
  by_id(id: number): RingEntry | undefined;
  get_head(): RingEntry | undefined;
  get_tail(): RingEntry | undefined;
  available(): number;
}

export interface TransferFrame {
  readonly performative: {
    readonly handle: number;
    readonly delivery_id: number | undefined;
    readonly settled: boolean | undefined;
    readonly more: boolean | undefined;
    readonly resume: boolean | undefined;
    readonly aborted: boolean | undefined;
  };
  payload?: Buffer | undefined;
}

export function linkAt(session: RawSession, handle: number): RawLink {
  const link = session.remote.handles[handle];
  if (!link) throw new Violation('amqp:session:unattached-handle', `No link is attached with handle ${handle}.`);
  return link;
}
