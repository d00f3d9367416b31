// Every message that was ever sent can still be read. A recording stays for as long as its version may still come, which is for
// ever: a dead letter can be resubmitted years later. test/support/messages/record.ts makes what is missing.
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { allContracts } from '../../../../shared/contracts/all.ts';
import type { Contract } from '../../../../shared/contracts/contract.ts';
import { orderEvents } from '../../../../shared/contracts/order-events.ts';
import { parseCloudEvent } from '../../../../shared/kernel/cloud-event.ts';
import { readRecording, recordingPath } from '../../../support/messages/recordings.ts';

const versions = allContracts.flatMap((contract) =>
  [...(contract.earlier ?? []), contract].map(({ type }) => ({ type, contract })),
);

/** As its reader reads it. */
function read(contract: Contract, type: string): unknown {
  const { body } = readRecording(type);
  return contract.bare ? contract.schema.parse(JSON.parse(body)) : parseCloudEvent(Buffer.from(body), [contract]).data;
}

test.each(versions)('$type as it was once sent can still be read', ({ type, contract }) => {
  expect(readRecording(type)).toMatchObject({ type, recordedAt: expect.stringMatching(/^\d{4}-/) });
  expect(read(contract, type)).toBeTypeOf('object');
});

test('nothing is recorded that no contract knows', () => {
  const recorded = readdirSync(dirname(recordingPath(''))).map((name) => name.replace(/\.json$/, ''));
  expect(recorded.toSorted()).toEqual(versions.map(({ type }) => type).toSorted());
});

test('a field that is required from now on breaks the reading of what was sent before', () => {
  const { PaymentCaptured } = orderEvents;
  const stricter = { ...PaymentCaptured, schema: PaymentCaptured.schema.extend({ capturedBy: z.string() }) };
  expect(() => read(stricter, PaymentCaptured.type)).toThrow('/capturedBy');
});

test('a field that is optional, or a default for it, does not', () => {
  const { PaymentCaptured } = orderEvents;
  const schema = PaymentCaptured.schema.extend({ capturedBy: z.string().default('us') });
  expect(read({ ...PaymentCaptured, schema }, PaymentCaptured.type)).toMatchObject({ capturedBy: 'us' });
});
