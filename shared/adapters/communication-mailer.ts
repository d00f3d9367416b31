import { EmailClient } from '@azure/communication-email';
import { AppError } from '../kernel/errors.ts';
import type { Mailer } from '../mail/mailer.ts';
import type { Guard } from './resilience/guard.ts';
import { guardedOptions } from './resilience/guarded-http.ts';
import { statusOf } from './storage-errors.ts';

/** Mail by Azure Communication Services; `sender` is an address of a verified domain. The operation id makes a repeat one mail. */
export function communicationMailer({
  connection,
  sender,
  guard,
}: {
  readonly connection: string;
  readonly sender: string;
  readonly guard: Guard;
}): Mailer {
  const client = new EmailClient(connection, {
    allowInsecureConnection: connection.includes('endpoint=http://'),
    ...guardedOptions(guard),
  });
  return {
    send: async ({ operationId, to, subject, text, html, headers }) => {
      try {
        const poller = await client.beginSend(
          {
            senderAddress: sender,
            recipients: { to: [{ address: to }] },
            content: { subject, plainText: text, html },
            headers,
          },
          { operationId, abortSignal: AbortSignal.timeout(20_000), updateIntervalInMs: 500 },
        );
        const { status, error } = await poller.pollUntilDone({ abortSignal: AbortSignal.timeout(20_000) });
        if (status !== 'Succeeded')
          throw new AppError('mail-refused', `The mail ended as ${status}: ${error?.message ?? ''}`);
      } catch (cause) {
        if (cause instanceof AppError) throw cause;
        const status = statusOf(cause);
        if (status !== undefined && status < 500 && status !== 429) {
          throw new AppError('mail-refused', `The mail service answered ${status}`, { cause });
        }
        throw new AppError('mail-unavailable', 'The mail service does not answer; try again shortly', { cause });
      }
    },
  };
}
