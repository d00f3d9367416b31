// Every message is a CloudEvent 1.0 in structured JSON; its type ends in its version: `millrace.orders.OrderPlaced.v1`.
// A reader knows the newest version only: what was sent in an older one is brought up to it first.
import { z } from 'zod';
import { AppError } from './errors.ts';
import { parseWith } from './schema.ts';

export const cloudEventContentType = 'application/cloudevents+json';

/** What every message has around its data [CloudEvents 1.0]. */
export const envelopeSchema = z.looseObject({
  specversion: z.literal('1.0').describe('version of CloudEvents'),
  id: z.string().min(1).max(128).describe('the same whenever the same message is sent again'),
  type: z.string().min(1).max(256).describe('what the message is, with its version'),
  source: z.string().min(1).max(512).describe('who sends it'),
  subject: z.string().min(1).max(256).describe('what it is about'),
  time: z.iso.datetime().describe('when it happened or was requested'),
  datacontenttype: z.literal('application/json').optional(),
  traceparent: z.string().optional().describe('the trace it belongs to [W3C Trace Context]'),
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

/** A version that is no longer sent, but may still come: from a queue, a dead letter, a sender not yet replaced. */
export interface EarlierVersion {
  readonly type: string;
  readonly schema: z.ZodType;
  /** Pure: data of this version, checked, as data of the next one. */
  readonly upcast: (data: never) => unknown;
}

export interface MessageType<S extends z.ZodType = z.ZodType> {
  /** Of the newest version. */
  readonly type: string;
  readonly schema: S;
  /** Oldest first, without gaps. */
  readonly earlier?: readonly EarlierVersion[];
}

export type DataOf<M extends MessageType> = z.infer<M['schema']>;

/**
 * Reads one message body against the contract of its type.
 * @throws AppError invalid-message
 */
export function parseCloudEvent<M extends MessageType>(
  body: Uint8Array,
  contracts: readonly M[],
): CloudEvent<DataOf<M>> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (cause) {
    throw new AppError('invalid-message', 'The message is not JSON in UTF-8', { cause });
  }
  return readCloudEvent(json, contracts);
}

/**
 * The event that a value is, with type and data of the newest version of its contract.
 * @throws AppError invalid-message
 */
export function readCloudEvent<M extends MessageType>(value: unknown, contracts: readonly M[]): CloudEvent<DataOf<M>> {
  const envelope = parseWith(envelopeSchema, value, 'invalid-message', 'The CloudEvent');
  for (const contract of contracts) {
    const versions = [...(contract.earlier ?? []), contract];
    const sent = versions.findIndex(({ type }) => type === envelope.type);
    if (sent >= 0) {
      return toCloudEvent({ ...envelope, type: contract.type, data: toNewest(versions.slice(sent), envelope.data) });
    }
  }
  throw new AppError(
    'invalid-message',
    `No consumer here takes ${envelope.type}; it takes ${contracts.map(({ type }) => type).join(', ')}`,
  );
}

/** Checked at every step, so that an upcast may rely on its input and the reader on the last one's output. */
function toNewest<M extends MessageType>(versions: readonly (EarlierVersion | M)[], sent: unknown): DataOf<M> {
  let data = sent;
  for (const version of versions) {
    data = parseWith(version.schema, data, 'invalid-message', `The data of ${version.type}`, '/data');
    if ('upcast' in version) data = version.upcast(data as never);
  }
  return data as DataOf<M>;
}
