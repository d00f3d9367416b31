// Claim check: data too large for a message is stored apart under its hash, and the message carries the check: CloudEvents'
// extension `dataref` with hash and size, instead of data [github.com/cloudevents/spec, extensions/dataref.md].
import { z } from 'zod';
import { AppError } from './errors.ts';
import { sha256Of } from './ids.ts';
import { parseWith } from './schema.ts';

/**
 * Bodies up to here travel as they are. A property of a table holds 32 Ki characters, which is what the outbox needs; a message of
 * the broker 256 KiB with its properties, so a copy or dead letter has room for what it adds.
 */
export const inlineLimitBytes = 32_000;

export interface ClaimStore {
  /** What is there already is there anew: its age begins again. @throws AppError storage-unavailable */
  put(name: string, bytes: Uint8Array): Promise<void>;
  /** Undefined where there is none. @throws AppError storage-unavailable */
  get(name: string): Promise<Uint8Array | undefined>;
}

/** Attributes of a CloudEvent have small letters and digits only. */
const checkSchema = z.looseObject({
  dataref: z.string(),
  datasha256: z.string().regex(/^[0-9a-f]{64}$/),
  datasizebytes: z.int().min(0),
});

/** The reference never says where to look: a reader takes the hash's name in a container of its own. */
const referenceTo = (hash: string): string => `claim-checks/${hash}`;

/**
 * The body of a CloudEvent as it may be sent: its data is stored first where it is too large. Checked in twice, it is stored once.
 * @throws AppError storage-unavailable
 */
export async function checkIn(body: string, claims: ClaimStore): Promise<string> {
  if (Buffer.byteLength(body) <= inlineLimitBytes) return body;
  const { data, ...envelope } = JSON.parse(body) as { readonly data: unknown };
  const bytes = Buffer.from(JSON.stringify(data));
  const hash = sha256Of(bytes);
  await claims.put(hash, bytes);
  const check = { dataref: referenceTo(hash), datasha256: hash, datasizebytes: bytes.length };
  return JSON.stringify({ ...envelope, ...check });
}

/**
 * The body with its data: as it came where it carries no check, so that whoever parses it says what is wrong with it.
 * @throws AppError claim-check-missing, claim-check-altered, invalid-message, storage-unavailable
 */
export async function redeem(body: Uint8Array, claims: ClaimStore): Promise<Uint8Array> {
  const event = readChecked(body);
  if (event === undefined) return body;
  const { dataref, datasha256, datasizebytes, ...envelope } = parseWith(
    checkSchema,
    event,
    'invalid-message',
    'The claim check',
  );
  if (dataref !== referenceTo(datasha256)) {
    throw new AppError('invalid-message', `The claim check names ${dataref}, which is no place of ours`);
  }
  const bytes = await claims.get(datasha256);
  if (bytes === undefined) {
    throw new AppError('claim-check-missing', `There is no ${dataref}: it was collected, or never stored`);
  }
  if (bytes.length !== datasizebytes || sha256Of(bytes) !== datasha256) {
    throw new AppError('claim-check-altered', `${dataref} has ${bytes.length} bytes that are not the ones sent`);
  }
  return Buffer.from(`${JSON.stringify(envelope).slice(0, -1)},"data":${Buffer.from(bytes).toString()}}`);
}

/** The event when it carries a check. */
function readChecked(body: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  if (!Buffer.from(body.buffer, body.byteOffset, body.length).includes('"dataref"')) return undefined;
  try {
    const event: unknown = JSON.parse(Buffer.from(body).toString());
    return typeof event === 'object' && event !== null && 'dataref' in event ? { ...event } : undefined;
  } catch {
    return undefined;
  }
}
