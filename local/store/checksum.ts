// A row's checksum covers where it stands as well as what it holds: SQLite itself calls a flipped byte in a blob "ok".
import { crc32 } from 'node:zlib';

/** CRC-32 over space, key and value. No space holds a NUL, so the three cannot be confused. */
export function rowChecksum(space: string, key: string, value: Uint8Array): number {
  return crc32(value, crc32(`${space}\0${key}`));
}
