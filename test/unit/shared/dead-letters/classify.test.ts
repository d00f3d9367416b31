import { expect, test } from 'vitest';
import { causeOf, classify } from '../../../../shared/dead-letters/classify.ts';

const of = (reason: string, hasSession = false) => ({ reason, sourceEntity: 'mail', hasSession });

test.each([
  ['invalid-message', 'schema'],
  ['claim-check-missing', 'schema'],
  ['order-not-found', 'source'],
  ['unknown-sku', 'source'],
  ['TTLExpiredException', 'source'],
  ['carrier-unavailable', 'dependency'],
  ['TimeToLiveExceeded', 'dependency'],
  ['broken-invariant', 'code'],
  ['internal-error', 'code'],
  ['MaxDeliveryCountExceeded', 'code'],
  ['orchestration-failed', 'code'],
  ['whatever others say', 'code'],
  ['toString', 'code'],
])('%s is of the class %s', (reason, wanted) => expect(classify(of(reason))).toBe(wanted));

test('in a session, where what waits for a dependency is not put off, deliveries end for its sake', () => {
  expect(classify(of('MaxDeliveryCountExceeded', true))).toBe('dependency');
});

test('a cause names class, reason and place, the reason cut short', () => {
  expect(causeOf(of('invalid-message'))).toBe('schema/invalid-message/mail');
  expect(causeOf(of('x'.repeat(4_096)))).toBe(`code/${'x'.repeat(100)}/mail`);
});
