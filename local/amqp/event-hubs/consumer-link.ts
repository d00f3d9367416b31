// A link on which a client reads one partition for a consumer group: credit in, events out, nothing comes back.
import { groupAt, partitionAt } from '../../broker/logs/hub.ts';
import { findStart, parsePosition, startOf } from '../../broker/logs/position.ts';
import type { PartitionLog } from '../../broker/logs/partition-log.ts';
import type { Clock } from '../../clock.ts';
import type { Store } from '../../store/store.ts';
import type { ConsumerAddress } from '../address.ts';
import { admit, refuse } from '../admit.ts';
import type { Peer } from '../peer.ts';
import {
  allowedDeliveries,
  desiredCapabilities,
  drain,
  echoAttach,
  isDraining,
  localAttach,
  onFlow,
  roomForDeliveries,
  type Sender,
} from '../rhea-internals.ts';
import type { DurableLogs } from './durable-logs.ts';
import { withLogEnd } from './event-codec.ts';
import { createLogReader, type LogReader, readRow } from './log-reader.ts';
import type { LinkReader, ReaderTable } from './reader-table.ts';

export interface ConsumerLink {
  readonly logs: DurableLogs;
  readonly readers: ReaderTable;
  readonly store: Store;
  readonly clock: Clock;
  readonly peer: Peer;
  readonly link: Sender;
  readonly address: ConsumerAddress;
}

const selectorName = 'apache.org:selector-filter:string';
const epochName = 'com.microsoft:epoch';
const logEndCapability = 'com.microsoft:enable-receiver-runtime-metric';
/** Sender settle mode: settled as it is sent, unless the peer asks for the other. [AMQP 1.0 §2.8.2] */
const unsettled = 0;
const settled = 1;

/** Refuses a hub, group or partition that is not there, a position that cannot be, and an epoch below the present one. */
export function openConsumerLink(given: ConsumerLink): void {
  const { logs, link, address, store } = given;
  echoAttach(link);
  const attach = localAttach(link);
  if (attach.snd_settle_mode !== unsettled) attach.snd_settle_mode = settled;
  admit(link, () => {
    const hub = logs.hub(address.hub);
    const log = partitionAt(hub, address.partitionId);
    const group = groupAt(hub, address.group);
    const position = parsePosition(selectorOf(link));
    const start = startOf(position, log.readable);
    const { begin, fail } = prepareDelivery(given, { log, group });
    if (start !== undefined) begin(start);
    else findStart(position, log.readable, (at) => readRow(store, log, at)).then(begin, fail);
  });
}

/** Takes the partition and, once it is known from where on, hands its events to the link until that ends. @throws BrokerError */
function prepareDelivery(
  { logs, readers, store, clock, peer, link }: ConsumerLink,
  { log, group }: { readonly log: PartitionLog; readonly group: string },
): { readonly begin: (from: number) => void; readonly fail: (error: unknown) => void } {
  const tellsLogEnd = desiredCapabilities(link).includes(logEndCapability);
  let events: LogReader | undefined;
  let sent = 0;
  let isOpen = true;
  const wanted = () => Math.min(allowedDeliveries(link) - sent, roomForDeliveries(link.session));

  function pump(): void {
    if (!events || !isOpen) return;
    while (wanted() > 0) {
      const event = events.next();
      if (!event) break;
      link.send(tellsLogEnd ? withLogEnd(event, log.readable, clock.now()) : event, undefined, 0);
      sent += 1;
    }
    if (isDraining(link) && !events.isReading()) {
      sent = allowedDeliveries(link);
      drain(link);
    }
  }

  function end(): void {
    isOpen = false;
    readers.remove(log, group, reader);
    stopListening();
    peer.onEnd.delete(end);
  }

  function lose(error: unknown): void {
    if (!isOpen) return;
    end();
    refuse(link, error);
  }

  const reader: LinkReader = { epoch: epochOf(link), pump, lose };
  readers.add(log, group, reader);
  const stopListening = onFlow(link.session, pump);
  peer.onEnd.add(end);
  link.on('sender_close', end);
  return {
    begin(from) {
      events = createLogReader({ store, logs, log, from, onPage: pump, onError: lose });
      pump();
    },
    fail: lose,
  };
}

function selectorOf(link: Sender): string | undefined {
  const filter = link.source?.filter as Record<string, unknown> | undefined | null;
  const given = filter?.[selectorName];
  // Clients send it with its descriptor.
  const selector: unknown = typeof given === 'object' && given !== null && 'value' in given ? given.value : given;
  return typeof selector === 'string' ? selector : undefined;
}

function epochOf(link: Sender): number | undefined {
  const epoch: unknown = link.properties?.[epochName];
  return typeof epoch === 'number' ? epoch : undefined;
}
