// Every POST can be sent again: by its Idempotency-Key it is answered alike, or there is a reason why it needs none.
import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const needsNone: Readonly<Record<string, string>> = {
  'functions/operations/receive-monitor-alert.ts': 'an alert that is raised is not raised again, nor cleared twice',
  'functions/payments/receive-payment-event.ts':
    'what is done follows from the order and the ledger, so the same event again does nothing',
};

/** Reads the key, itself or by what all actions on an order have in common. */
const takesKey = /\b(?:readIdempotencyClaim|readOrderClaim|orderAction|answerOnce)\(/;

const posts = globSync('functions/**/*.ts').filter((file) =>
  /methods: \[[^\]]*'POST'/.test(readFileSync(file, 'utf8')),
);

test('every POST takes an Idempotency-Key, or says why it needs none', () => {
  expect(posts.length).toBeGreaterThan(8);
  const without = posts.filter((file) => !takesKey.test(readFileSync(file, 'utf8')));
  expect(without.toSorted()).toEqual(Object.keys(needsNone));
});
