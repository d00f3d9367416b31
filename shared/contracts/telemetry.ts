// A reading of a device: the same object in a request's body and as the body of an event on the hub.
import { z } from 'zod';
import { hubs } from '../kernel/topology.ts';
import type { Contract } from './contract.ts';
import { idText } from '../kernel/text.ts';

/** Also a key of a table and a segment of a path. */
export const deviceIdSchema = idText(128, '.:-');

export const metricSchema = idText(64, '.:-');

/** Values beyond this leave no room for the sum of their squares in a double. */
const largestValue = 1e150;
const mostMetrics = 32;

const valueSchema = z
  .number('a finite number')
  .refine((value) => Math.abs(value) <= largestValue, `a number of ${largestValue} at most`);

export const reading = {
  type: 'millrace.telemetry.Reading.v1',
  kind: 'event',
  doc: 'A device measured something. A reading is identified by device and sequence, or without a sequence by device and time.',
  sentBy: 'devices by AMQP, and receiveTelemetry for those that have HTTP only',
  sentTo: { hub: hubs.telemetry },
  about: 'the device, as partition key',
  bare: true,
  schema: z.object({
    deviceId: deviceIdSchema.describe('id of the device'),
    timestamp: z.iso
      .datetime({ offset: true, error: 'an ISO 8601 time with Z or an offset' })
      .describe('when it was measured'),
    sequence: z.int().min(0).optional().describe('number of the reading; a repeat has the same one'),
    values: z
      .record(metricSchema, valueSchema)
      .refine(
        (values) => Object.keys(values).length >= 1 && Object.keys(values).length <= mostMetrics,
        `1 to ${mostMetrics} metrics`,
      )
      .describe(`1 to ${mostMetrics} metrics by name`),
  }),
  example: { deviceId: 'boiler-1', timestamp: '2026-11-20T10:00:00Z', sequence: 1, values: { temperature: 61 } },
} as const satisfies Contract;
