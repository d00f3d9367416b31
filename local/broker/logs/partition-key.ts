// Which partition a key belongs to: Bob Jenkins' lookup3 as Event Hubs uses it, so that a key lands where it would in the
// cloud. Held against @azure/event-hubs, dist/esm/impl/partitionKeyToIdMapper.js. http://burtleburtle.net/bob/c/lookup3.c

const encoder = new TextEncoder();
const seed = 0xdeadbeef;

/** From 0 to below `partitionCount`. */
export function partitionOfKey(key: string, partitionCount: number): number {
  return Math.abs(keyHash(key) % partitionCount);
}

/** 16 bits with a sign. */
function keyHash(key: string): number {
  const bytes = encoder.encode(key);
  const words: [number, number, number] = [seed + bytes.length, seed + bytes.length, seed + bytes.length];
  let at = 0;
  for (; bytes.length - at > 12; at += 12) {
    addWords(words, bytes, at);
    mix(words);
  }
  if (at < bytes.length) {
    addWords(words, bytes, at);
    finish(words);
  }
  return ((words[2] ^ words[1]) << 16) >> 16;
}

/** Up to twelve bytes as three little-endian words; what is missing counts as zero. */
function addWords(words: [number, number, number], bytes: Uint8Array, at: number): void {
  for (const word of [0, 1, 2] as const) {
    let sum = 0;
    for (const byte of [0, 1, 2, 3]) sum |= (bytes[at + 4 * word + byte] ?? 0) << (8 * byte);
    words[word] = (words[word] + sum) | 0;
  }
}

function mix(words: [number, number, number]): void {
  let [a, b, c] = words;
  a = (a - c) ^ rotated(c, 4);
  c = (c + b) | 0;
  b = (b - a) ^ rotated(a, 6);
  a = (a + c) | 0;
  c = (c - b) ^ rotated(b, 8);
  b = (b + a) | 0;
  a = (a - c) ^ rotated(c, 16);
  c = (c + b) | 0;
  b = (b - a) ^ rotated(a, 19);
  a = (a + c) | 0;
  c = (c - b) ^ rotated(b, 4);
  b = (b + a) | 0;
  words.splice(0, 3, a, b, c);
}

function finish(words: [number, number, number]): void {
  let [a, b, c] = words;
  c = ((c ^ b) - rotated(b, 14)) | 0;
  a = ((a ^ c) - rotated(c, 11)) | 0;
  b = ((b ^ a) - rotated(a, 25)) | 0;
  c = ((c ^ b) - rotated(b, 16)) | 0;
  a = ((a ^ c) - rotated(c, 4)) | 0;
  b = ((b ^ a) - rotated(a, 14)) | 0;
  c = ((c ^ b) - rotated(b, 24)) | 0;
  words.splice(0, 3, a, b, c);
}

function rotated(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
