// The one account served, which every storage emulator has, and signatures made with its key.
import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';

export const ACCOUNT = 'devstoreaccount1';
/** What the account is called where it is read from its other region. */
export const SECONDARY_ACCOUNT = `${ACCOUNT}-secondary`;

// A key object: made of bytes anew for each request, it would take five times as long to sign.
const KEY = createSecretKey(
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==',
  'base64',
);

/** Whether `signature` (base64) is the account's HMAC-SHA256 of the text. */
export function isSignatureOf(text: string, signature: string): boolean {
  const expected = createHmac('sha256', KEY).update(text).digest();
  const given = Buffer.from(signature, 'base64');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
