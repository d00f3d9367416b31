// Lock tokens on the wire: a delivery tag has the byte order of a .NET Guid, $management that of RFC 9562.

const guidOrder = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15] as const;

export function tokenToUuidBytes(token: string): Buffer {
  return Buffer.from(token.replaceAll('-', ''), 'hex');
}

export function uuidBytesToToken(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export function tokenToDeliveryTag(token: string): Buffer {
  return reorder(tokenToUuidBytes(token));
}

export function deliveryTagToToken(tag: Buffer): string {
  return uuidBytesToToken(reorder(tag));
}

/** Its own inverse. */
function reorder(bytes: Buffer): Buffer {
  return Buffer.from(guidOrder.map((index) => bytes[index] ?? 0));
}
