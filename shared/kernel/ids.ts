// Deterministic ids make a repeat recognisable: the same parts always give the same id [RFC 9562, version 5].
import { createHash } from 'node:crypto';
import { v5, v7 } from 'uuid';

const namespace = 'b5f2c1de-8f0d-4a39-9d53-6d1c2a7d0f11';

/** A uuid from its parts. The parts are length-prefixed, so ('a', 'bc') and ('ab', 'c') differ. */
export const deterministicId = (...parts: readonly string[]): string =>
  v5(parts.map((part) => `${part.length}:${part}`).join('|'), namespace);

/** A uuid of any version as it is written here, in lower case: for a regular expression. */
export const uuidPattern = '[\\da-f]{8}(?:-[\\da-f]{4}){3}-[\\da-f]{12}';

const uuid = new RegExp(`^${uuidPattern}$`);

export const isUuid = (text: string): boolean => uuid.test(text);

/** In hex: what is told apart by what it says. */
export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A fresh, time-ordered uuid. */
export const newId = (): string => v7();
