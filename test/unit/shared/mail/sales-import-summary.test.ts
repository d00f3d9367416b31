import { expect, test } from 'vitest';
import { salesImportSummary } from '../../../../shared/mail/sales-import-summary.ts';

const rejection = { receipt: 'R-<7>', pointer: '/sales/6/email', code: 'invalid-request', detail: 'Invalid email' };
const imported = { importId: 'i-1', tillId: 'till-3', fileId: '2026-11-20', placed: 288, repeated: 3 };

test('says what became orders and what is wrong with every other line, escaped', () => {
  const mail = salesImportSummary({ ...imported, rejected: { count: 1, listed: [rejection] } }, 'boss@example.com');
  expect(mail.to).toBe('boss@example.com');
  expect(mail.subject).toBe('Sales of till-3, file 2026-11-20: 288 orders, 1 rejected');
  expect(mail.text).toContain('Sales: 292\nOrders: 288\nSaid twice: 3\nRejected: 1');
  expect(mail.text).toMatch(/R-<7> +\/sales\/6\/email +invalid-request +Invalid email/);
  expect(mail.html).toContain('R-&lt;7&gt;');
});

test('of more rejections than it lists it says how many there are', () => {
  const { text } = salesImportSummary({ ...imported, rejected: { count: 2000, listed: [rejection] } }, 'b@example.com');
  expect(text).toContain('These are the first 1 of 2000.');
});

test('without rejections it has no table', () => {
  const { html, text } = salesImportSummary({ ...imported, rejected: { count: 0, listed: [] } }, 'b@example.com');
  expect(text).toContain('Every sale of the file is an order now.');
  expect(html).not.toContain('What is wrong');
});

test('the mail of one import is one mail', () => {
  const none = { count: 0, listed: [] };
  const id = (importId: string) =>
    salesImportSummary({ ...imported, importId, rejected: none }, 'b@example.com').operationId;
  expect(id('i-1')).toBe(id('i-1'));
  expect(id('i-2')).not.toBe(id('i-1'));
});

test('of an import that gave up it says why, and how many sales are left', () => {
  const gaveUp = { left: 9, detail: 'storage-unavailable: the storage does not answer' };
  const { subject, text } = salesImportSummary(
    { ...imported, rejected: { count: 1, listed: [rejection] }, gaveUp },
    'b@example.com',
  );
  expect(subject).toBe('Sales of till-3, file 2026-11-20: 288 orders, 1 rejected, 9 not looked at');
  expect(text).toContain(
    'gave up after a day: storage-unavailable: the storage does not answer. 9 sales are no orders yet',
  );
  expect(text).toContain('Sales: 301');
  expect(text).not.toContain('Every sale of the file');
});
