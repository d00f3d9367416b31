// Cuts the stream a fragmented-MP4 muxer writes into its header and its fragments [ISO 14496-12, box structure].

export type Fragment =
  | { readonly kind: 'header'; readonly bytes: Buffer }
  /** `startTicks`: its decode time in the track's time scale. */
  | { readonly kind: 'media'; readonly bytes: Buffer; readonly startTicks: bigint };

export interface FragmentCutter {
  write(bytes: Uint8Array): void;
  /** What is whole by now, in order. */
  take(): Fragment[];
}

const headerBytes = 8;

export function fragmentCutter(): FragmentCutter {
  let pending: Buffer = Buffer.alloc(0);
  let boxes: Buffer[] = [];
  const whole: Fragment[] = [];

  const endBox = (type: string, box: Buffer): void => {
    boxes.push(box);
    if (type === 'moov') whole.push({ kind: 'header', bytes: Buffer.concat(boxes) });
    else if (type === 'mdat') {
      const bytes = Buffer.concat(boxes);
      whole.push({ kind: 'media', bytes, startTicks: decodeTime(bytes) });
    } else return;
    boxes = [];
  };

  return {
    write: (bytes) => {
      pending = Buffer.concat([pending, bytes]);
      while (pending.length >= headerBytes) {
        const sizeBytes = pending.readUInt32BE(0);
        if (sizeBytes < headerBytes) throw new Error(`a box of ${sizeBytes} bytes`);
        if (pending.length < sizeBytes) return;
        endBox(pending.toString('latin1', 4, headerBytes), pending.subarray(0, sizeBytes));
        pending = pending.subarray(sizeBytes);
      }
    },
    take: () => whole.splice(0),
  };
}

/** baseMediaDecodeTime of the box tfdt: 32 or 64 bits by its version. */
function decodeTime(fragment: Buffer): bigint {
  const at = fragment.indexOf('tfdt', 0, 'latin1');
  if (at < 0) throw new Error('a fragment without a decode time');
  return fragment[at + 4] === 1 ? fragment.readBigUInt64BE(at + 8) : BigInt(fragment.readUInt32BE(at + 8));
}
