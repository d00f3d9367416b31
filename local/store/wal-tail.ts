// Finds what a crash left behind the last commit of a WAL, before SQLite opens the file and drops it without a word.
// Layout: https://www.sqlite.org/fileformat2.html#the_write_ahead_log
import { existsSync, readFileSync } from 'node:fs';

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;

/** Bytes of the current generation of the WAL that stand after its last commit frame; 0 for none. */
export function uncommittedTailBytes(wal: Buffer): number {
  if (wal.byteLength < HEADER_BYTES) return wal.byteLength;
  const frameBytes = FRAME_HEADER_BYTES + wal.readUInt32BE(8);
  const salts = wal.subarray(16, 24);
  let committedEnd = HEADER_BYTES;
  let offset = HEADER_BYTES;
  while (offset + FRAME_HEADER_BYTES <= wal.byteLength && wal.subarray(offset + 8, offset + 16).equals(salts)) {
    const isWhole = offset + frameBytes <= wal.byteLength;
    const isCommit = wal.readUInt32BE(offset + 4) > 0;
    offset += frameBytes;
    if (isWhole && isCommit) committedEnd = offset;
  }
  return Math.min(offset, wal.byteLength) - committedEnd;
}

export function readUncommittedTailBytes(walFile: string): number {
  return existsSync(walFile) ? uncommittedTailBytes(readFileSync(walFile)) : 0;
}
