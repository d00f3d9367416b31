import { expect, test } from 'vitest';
import { newWebhookSecret, signatureOf, signWebhook } from '../../../../../shared/adapters/webhooks/sign-webhook.ts';

const event = {
  specversion: '1.0',
  id: 'e-1',
  type: 'millrace.operations.AlertRaised.v1',
  source: '/millrace',
  subject: 'a',
  time: '2026-11-21T00:00:00.000Z',
  data: { detail: 'ü' },
} as const;

test('a receiver that holds the secret recomputes the signature from the bytes it got', () => {
  const secret = newWebhookSecret();
  const { headers, body } = signWebhook(event, secret, 1_700_000_000_999);
  expect(JSON.parse(body)).toEqual(event);
  expect(headers).toMatchObject({ 'webhook-id': 'e-1', 'webhook-timestamp': '1700000000' });
  expect(headers['webhook-signature']).toBe(signatureOf('e-1', '1700000000', body, secret));
});

test('a message is signed as by the libraries of the standard', () => {
  // The vector of their own tests [https://github.com/standard-webhooks/standard-webhooks].
  const signature = signatureOf(
    'msg_p5jXN8AQM9LWM0D4loKWxJek',
    '1614265330',
    '{"test": 2432232314}',
    'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  );
  expect(signature).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
});

test('no two secrets are alike, and each has 32 bytes', () => {
  const secrets = Array.from({ length: 50 }, newWebhookSecret);
  expect(new Set(secrets).size).toBe(50);
  for (const secret of secrets) expect(Buffer.from(secret.slice(6), 'base64')).toHaveLength(32);
});
