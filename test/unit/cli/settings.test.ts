import { expect, test } from 'vitest';
import { lackingIn } from '../../../cli/settings.ts';

const local = { EventHubsConnection: 'Endpoint=sb://localhost', PAYMENTS_URL: 'http://127.0.0.1:7072' };

test('what the environment lacks comes from the file', () => {
  expect(lackingIn({}, local)).toEqual(local);
  expect(lackingIn({ PAYMENTS_URL: 'https://elsewhere' }, local)).toEqual({
    EventHubsConnection: local.EventHubsConnection,
  });
});

test('an identity in the environment leaves no connection string of the file', () => {
  const byIdentity = { EventHubsConnection__fullyQualifiedNamespace: 'mill.servicebus.windows.net' };
  expect(lackingIn(byIdentity, local)).toEqual({ PAYMENTS_URL: local.PAYMENTS_URL });
});
