// Every message is a CloudEvent 1.0 in structured JSON; its type ends in its version: `millrace.orders.OrderPlaced.v1`.
import { z } from 'zod';
import { AppError } from './errors.ts';
import { parseWith } from './schema.ts';

export const cloudEventContentType = 'application/cloudevents+json';

const envelopeSchema = z.looseObject({
  specversion: z.literal('1.0'),
  id: z.string().min(1).max(128),
  type: z.string().min(1).max(256),
  source: z.string().min(1).max(512),
  subject: z.string().min(1).max(256),
  time: z.iso.datetime(),
  datacontenttype: z.literal('application/json').optional(),
  traceparent: z.string().optional(),
  data: z.unknown(),
});

export interface CloudEvent<T = unknown> {
  readonly specversion: '1.0';
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly traceparent?: string;
  readonly data: T;
}

export interface CloudEventFields<T> {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly data: T;
  readonly traceparent?: string | undefined;
}

export const toCloudEvent = <T>({ traceparent, ...fields }: CloudEventFields<T>): CloudEvent<T> => ({
  specversion: '1.0',
  source: '/millrace',
  datacontenttype: 'application/json',
  ...fields,
  ...(traceparent === undefined ? {} : { traceparent }),
});

/** The name without namespace and version, which is also the message's label: "OrderPlaced". */
export const eventName = (type: string): string => type.split('.').at(-2) ?? type;

/**
 * Reads one message body against the contract of its type.
 * @throws AppError invalid-message
 */
export function parseCloudEvent<T extends z.ZodType>(
  body: Uint8Array,
  contracts: Readonly<Record<string, T>>,
): CloudEvent<z.infer<T>> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (cause) {
    throw new AppError('invalid-message', 'The message is not JSON in UTF-8', { cause });
  }
  const envelope = parseWith(envelopeSchema, json, 'invalid-message', 'The CloudEvent');
  const contract = Object.hasOwn(contracts, envelope.type) ? contracts[envelope.type] : undefined;
  if (contract === undefined) {
    throw new AppError(
      'invalid-message',
      `No consumer here takes ${envelope.type}; it takes ${Object.keys(contracts).join(', ')}`,
    );
  }
  const data = parseWith(contract, envelope.data, 'invalid-message', `The data of ${envelope.type}`);
  return toCloudEvent({ ...envelope, data });
}
