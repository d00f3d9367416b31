// The mails operators get when something is wrong, and when it is right again: one each.
import { deterministicId } from '../kernel/ids.ts';
import type { Mail } from './mailer.ts';
import { renderMail } from './template.ts';

export interface ToldAlert {
  readonly alertId: string;
  readonly subject?: string | undefined;
  readonly title: string;
  readonly detail: string;
  readonly advice: string;
  readonly raisedAt: string;
}

/** @param eventId of what is told: told again, it is the same mail */
export function alertMail(
  { alertId, subject, title, detail, advice, raisedAt }: ToldAlert,
  { eventId, isOver, to }: { readonly eventId: string; readonly isOver: boolean; readonly to: string },
): Mail {
  const about = subject === undefined ? {} : { About: subject };
  const facts = { ...about, [isOver ? 'What was seen' : 'What is seen']: detail, Since: raisedAt, Alert: alertId };
  return {
    operationId: deterministicId('mail', 'alert', eventId),
    to,
    ...renderMail(isOver ? `It is over: ${title}` : title, [
      { facts },
      isOver ? 'There is nothing left to do.' : advice,
      'GET /api/v1/signals shows what is measured now.',
    ]),
    headers: { 'x-alert-id': alertId },
  };
}
