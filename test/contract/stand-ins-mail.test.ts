// The mail stand-in, driven by the real client of Azure Communication Services.
import { randomUUID } from 'node:crypto';
import { EmailClient, type EmailMessage } from '@azure/communication-email';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createFakeClock } from '../support/fake-clock.ts';
import { type StandInsServer, startStandInsServer } from '../support/stand-ins-server.ts';
import { waitFor } from '../support/wait-for.ts';

let server: StandInsServer;
let client: EmailClient;
const clock = createFakeClock(Date.UTC(2030, 0, 1));

beforeAll(async () => {
  server = await startStandInsServer({ clock });
  const options = { allowInsecureConnection: true, retryOptions: { maxRetries: 0 } };
  client = new EmailClient(`endpoint=${server.origin}/;accesskey=bG9jYWw=`, options);
});
afterAll(() => server.close());

const message = (over: Partial<EmailMessage> = {}): EmailMessage => ({
  senderAddress: 'shop@millrace.example',
  content: { subject: 'Your order', plainText: 'Thank you', html: '<p>Thank you</p>' },
  recipients: { to: [{ address: 'ada@example.com', displayName: 'Ada' }] },
  ...over,
});
const sentWith = async (subject: string) => {
  const sent = (await (await fetch(`${server.origin}/local/mail`)).json()) as { subject: string }[];
  return sent.filter((mail) => mail.subject === subject);
};

test('sends a mail, which then stands in /local/mail with its order', async () => {
  const poller = await client.beginSend(message({ headers: { 'X-Order-Id': 'o-1' } }));
  expect((await poller.pollUntilDone()).status).toBe('Succeeded');
  expect(await sentWith('Your order')).toEqual([
    {
      to: 'ada@example.com',
      subject: 'Your order',
      text: 'Thank you',
      html: '<p>Thank you</p>',
      sentAt: '2030-01-01T00:00:00.000Z',
      from: 'shop@millrace.example',
      headers: { 'X-Order-Id': 'o-1' },
      orderId: 'o-1',
    },
  ]);
});

test('sends once for one operation id', async () => {
  const operationId = randomUUID();
  const again = message({ content: { subject: 'Once', plainText: 'x' } });
  await Promise.all([client.beginSend(again, { operationId }), client.beginSend(again, { operationId })]);
  await client.beginSend(again, { operationId });
  expect(await sentWith('Once')).toHaveLength(1);
});

test('goes on polling from a saved state', async () => {
  const poller = await client.beginSend(message({ content: { subject: 'Resumed', plainText: 'x' } }));
  const resumed = await client.beginSend(message(), { resumeFrom: poller.toString() });
  expect((await resumed.pollUntilDone()).status).toBe('Succeeded');
  expect(await sentWith('Resumed')).toHaveLength(1);
});

test.each<[string, Partial<EmailMessage>]>([
  ['no recipient', { recipients: { to: [] } }],
  ['a recipient that is no address', { recipients: { to: [{ address: 'ada' }] } }],
  ['a sender that is no address', { senderAddress: 'shop' }],
  ['no text', { content: { subject: 'x' } as never }],
])('refuses a mail with %s', async (_what, over) => {
  await expect(client.beginSend(message(over))).rejects.toMatchObject({ statusCode: 400, code: 'BadRequest' });
});

test('refuses an operation id that is no UUID', async () => {
  const answer = await fetch(`${server.origin}/emails:send?api-version=2025-09-01`, {
    method: 'POST',
    headers: { authorization: 'HMAC-SHA256 local', 'operation-id': 'mail-1' },
    body: JSON.stringify(message()),
  });
  expect(answer.status).toBe(400);
  expect(answer.headers.get('x-ms-error-code')).toBe('InvalidOperationId');
});

test('slow sends at once and answers 5 s later', async () => {
  await server.setFault('mail', 'slow', 1);
  const sending = client.beginSend(message({ content: { subject: 'Slow', plainText: 'x' } }));
  let answered = false;
  void sending.finally(() => (answered = true));
  await waitFor('the mail to be sent', async () => (await sentWith('Slow')).length === 1);
  clock.advance(4_999);
  await sentWith('Slow');
  expect(answered).toBe(false);
  clock.advance(1);
  await expect(sending).resolves.toBeDefined();
});
