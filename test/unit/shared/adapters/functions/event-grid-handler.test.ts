import { type EventGridEvent, InvocationContext } from '@azure/functions';
import type { ServiceBusMessage } from '@azure/service-bus';
import { expect, test } from 'vitest';
import { eventGridHandler } from '../../../../../shared/adapters/functions/event-grid-handler.ts';
import { AppError, type ErrorCode } from '../../../../../shared/kernel/errors.ts';

const event = { id: 'e-1', subject: 'video', data: { videoId: 7 } } as unknown as EventGridEvent;
const context = new InvocationContext({ functionName: 'sendVideoReady', logHandler: () => {} });

/** What goes to which entity when the function throws this. */
async function deliver(
  thrown: unknown,
  isBrokerDown = false,
  attributes: object = {},
): Promise<[string, ServiceBusMessage][]> {
  const sent: [string, ServiceBusMessage][] = [];
  const send = async (entity: string, message: ServiceBusMessage | ServiceBusMessage[]): Promise<void> => {
    if (isBrokerDown) throw new AppError('messaging-unavailable', 'down');
    for (const each of [message].flat()) sent.push([entity, each]);
  };
  const handler = eventGridHandler(
    'sendVideoReady',
    async () => {
      if (thrown !== undefined) throw thrown;
    },
    { send },
  );
  await handler({ ...event, ...attributes }, context);
  return sent;
}

test.each<ErrorCode>(['invalid-message', 'video-not-found', 'mail-refused'])(
  '%s, which no repeat mends, is a dead letter with the whole event',
  async (code) => {
    const [[entity, letter] = [], ...others] = await deliver(new AppError(code, 'why'));
    expect(others).toEqual([]);
    expect(entity).toBe('dead-letters');
    expect(letter).toMatchObject({
      messageId: 'e-1',
      contentType: 'application/json',
      applicationProperties: { reason: code, description: 'why', sourceEntity: 'event-grid/sendVideoReady' },
    });
    expect(JSON.parse(Buffer.from(letter?.body).toString())).toEqual(event);
  },
);

test.each([[new AppError('mail-unavailable', 'why')], [new Error('why')], ['why']])(
  '%s is thrown: Event Grid delivers it again',
  async (thrown) => {
    await expect(deliver(thrown)).rejects.toThrow('why');
  },
);

test.each([[undefined], [new AppError('payment-declined', '')], [new AppError('too-late-to-cancel', '')]])(
  'after %s nothing is left to do',
  async (thrown) => {
    expect(await deliver(thrown)).toEqual([]);
  },
);

test('a dead letter the broker does not take is thrown too', async () => {
  await expect(deliver(new AppError('mail-refused', ''), true)).rejects.toMatchObject({
    code: 'messaging-unavailable',
  });
});

test('a resubmitted event is for the function that failed alone, and comes back under the id of its resubmission', async () => {
  const thrown = new AppError('mail-refused', 'why');
  const attributes = { resubmission: 'e-1!r2', resubmittedto: 'another' };
  expect(await deliver(thrown, false, attributes)).toEqual([]);
  expect(await deliver(thrown, false, { ...attributes, resubmittedto: 'sendVideoReady' })).toMatchObject([
    ['dead-letters', { messageId: 'e-1!r2' }],
  ]);
});
