// Events as they were stored, by whatever version of the app, as the events of today. Pure.
import { orderEvents } from '../contracts/order-events.ts';
import type { MessageType } from '../kernel/cloud-event.ts';
import { AppError } from '../kernel/errors.ts';
import type { OrderEvent, OrderEventType } from './events.ts';

const versionOf = (type: string): number => Number(/\.v(\d+)$/.exec(type)?.[1]);

/** The version in which events of the type are stored today. */
export const schemaVersionOf = (type: OrderEventType): number => versionOf(orderEvents[type].type);

/**
 * The event with data of the newest version.
 * @throws AppError broken-invariant for a type or version that only a newer app knows
 */
export function toNewestEvent(type: string, schemaVersion: number, stored: unknown): OrderEvent {
  const contract: MessageType | undefined = Object.hasOwn(orderEvents, type)
    ? orderEvents[type as OrderEventType]
    : undefined;
  if (contract === undefined || schemaVersion > versionOf(contract.type)) {
    throw new AppError(
      'broken-invariant',
      `${type} v${schemaVersion} was stored by a newer app: deploy that one again`,
    );
  }
  const later = (contract.earlier ?? []).filter((version) => versionOf(version.type) >= schemaVersion);
  const data = later.reduce<unknown>((before, { upcast }) => upcast(before as never), stored);
  return { type, data } as OrderEvent;
}
