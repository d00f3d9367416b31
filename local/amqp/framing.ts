// Where the frames of a byte stream end, judged by their first eight bytes. [AMQP 1.0 §2.2, §2.3]
import { Violation } from './violation.ts';

export const protocols = { amqp: 0, sasl: 3 } as const;

export type Protocol = (typeof protocols)[keyof typeof protocols];

const frameHeadBytes = 8;

export interface Frames {
  /** Bytes of whole frames from the start on. */
  readonly endsAt: number;
  /** How many bytes have to be there before it is worth looking again. */
  readonly neededBytes: number;
  /** A protocol header stands where a frame would: SASL is over. */
  readonly isHeaderNext: boolean;
}

/** @throws Violation amqp:connection:framing-error */
export function findFrames(bytes: Buffer, maxFrameSizeBytes: number): Frames {
  let endsAt = 0;
  while (bytes.length - endsAt >= frameHeadBytes) {
    if (isHeader(bytes, endsAt)) return { endsAt, neededBytes: 0, isHeaderNext: true };
    const sizeBytes = frameSize(bytes, endsAt, maxFrameSizeBytes);
    if (sizeBytes > bytes.length - endsAt) return { endsAt, neededBytes: sizeBytes, isHeaderNext: false };
    endsAt += sizeBytes;
  }
  return { endsAt, neededBytes: frameHeadBytes, isHeaderNext: false };
}

function frameSize(bytes: Buffer, at: number, maxFrameSizeBytes: number): number {
  const sizeBytes = bytes.readUInt32BE(at);
  if (sizeBytes > maxFrameSizeBytes)
    throw new Violation(
      'amqp:connection:framing-error',
      `A frame of ${sizeBytes} bytes is larger than the ${maxFrameSizeBytes} that were agreed.`,
    );
  const dataOffsetBytes = bytes.readUInt8(at + 4) * 4;
  if (dataOffsetBytes < frameHeadBytes || dataOffsetBytes > sizeBytes || bytes.readUInt8(at + 5) > 1)
    throw new Violation('amqp:connection:framing-error', 'The bytes are no AMQP frame.');
  return sizeBytes;
}

function isHeader(bytes: Buffer, at: number): boolean {
  return bytes.toString('latin1', at, at + 4) === 'AMQP';
}

export function protocolHeader(protocol: Protocol): Buffer {
  return Buffer.from([...Buffer.from('AMQP'), protocol, 1, 0, 0]);
}

/** Undefined when it asks for anything else, such as TLS or an earlier version. */
export function protocolOf(header: Buffer): Protocol | undefined {
  return Object.values(protocols).find((protocol) => header.equals(protocolHeader(protocol)));
}
