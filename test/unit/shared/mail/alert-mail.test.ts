import { expect, test } from 'vitest';
import { alertMail } from '../../../../shared/mail/alert-mail.ts';

const alert = {
  alertId: 'a-1',
  subject: 'telemetry/aggregation/0',
  title: 'A consumer of a hub is behind',
  detail: '12000, above <b>10000</b>',
  advice: 'See in its log.',
  raisedAt: '2026-11-21T09:30:00.000Z',
};
const mail = (isOver: boolean, eventId = 'e-1') => alertMail(alert, { eventId, isOver, to: 'operator@example.com' });

test('the mail says what is wrong, of what, and what to do', () => {
  const { to, subject, text, html } = mail(false);
  expect([to, subject]).toEqual(['operator@example.com', alert.title]);
  for (const part of [alert.subject, alert.advice, alert.raisedAt, '12000']) expect(text).toContain(part);
  expect(html).not.toContain('<b>');
});

test('when it is over it says so, and asks for nothing', () => {
  expect(mail(true).subject).toBe(`It is over: ${alert.title}`);
  expect(mail(true).text).not.toContain(alert.advice);
});

test('each event is one mail, however often it is told', () => {
  expect(mail(false).operationId).toBe(mail(false).operationId);
  expect(mail(false, 'e-2').operationId).not.toBe(mail(false).operationId);
});
