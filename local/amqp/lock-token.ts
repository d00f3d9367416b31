// Lock tokens on the wire: a delivery tag has the byte order of a .NET Guid, $management that of RFC 9562.

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

/** Its own inverse: the first three groups have their bytes the other way round. */
function reorder(bytes: Buffer): Buffer {
  const reordered = Buffer.from(bytes);
  reordered.writeUInt32LE(bytes.readUInt32BE(0), 0);
  reordered.writeUInt16LE(bytes.readUInt16BE(4), 4);
  reordered.writeUInt16LE(bytes.readUInt16BE(6), 6);
  return reordered;
}
