// How large all of a message may be that is not its body.
// https://learn.microsoft.com/azure/service-bus-messaging/service-bus-quotas
import { BrokerError } from '../broker/errors.ts';
import { limits } from '../broker/limits.ts';
import { type Section, sectionCodes } from './sections.ts';

/**
 * Differs from Azure: one property of a message may be as large as all of them together, not 32 KB.
 * @throws BrokerError message-too-large
 */
export function refuseLargeHead(sections: readonly Section[]): void {
  const head = sections.filter(({ code }) => code < sectionCodes.data);
  const sizeBytes = head.reduce((sum, { start, end }) => sum + end - start, 0);
  if (sizeBytes > limits.maxMessageHeadBytes)
    throw new BrokerError(
      'message-too-large',
      `The message's properties have ${sizeBytes} bytes together; ${limits.maxMessageHeadBytes} is the most. Put data into the body.`,
    );
}
