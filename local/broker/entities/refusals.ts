// Why an entity takes no message, or gives none out: it is switched off, full, or wants sessions.
// https://learn.microsoft.com/azure/service-bus-messaging/entity-suspend
// https://learn.microsoft.com/azure/service-bus-messaging/service-bus-quotas
import { BrokerError } from '../errors.ts';
import type { Mailbox } from './mailbox.ts';

/** What every message to it meets now; undefined when it takes messages. */
export function refusalToTake({ path, kind, settings, usage }: Mailbox): BrokerError | undefined {
  if (settings.status === 'Disabled' || settings.status === 'SendDisabled')
    return new BrokerError('entity-disabled', `Messaging entity '${path}' is currently disabled for Send operations.`);
  if (usage.bytes < usage.maxBytes) return undefined;
  const sizes = `Size of entity in bytes:${usage.bytes}, Max entity size in bytes:${usage.maxBytes}`;
  const what = kind === 'topic' ? 'Topic' : 'Queue';
  return new BrokerError(
    'quota-exceeded',
    `The maximum entity size has been reached or exceeded for ${what}: '${path}'. ${sizes}. Receive messages from it first.`,
  );
}

/** @throws BrokerError entity-disabled; not-allowed where every message is forwarded */
export function refuseReceiving({ path, settings }: Mailbox): void {
  if (settings.status === 'Disabled' || settings.status === 'ReceiveDisabled')
    throw new BrokerError(
      'entity-disabled',
      `Messaging entity '${path}' is currently disabled for Receive operations.`,
    );
  if (settings.forwardTo !== undefined)
    throw new BrokerError('not-allowed', `'${path}' forwards its messages: receive from '${settings.forwardTo}'.`);
}
