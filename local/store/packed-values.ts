// Many values in one buffer, so that a batch crosses threads by one transfer and never clones a pooled slab.

export interface PackedValues {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** One entry a value; -1 stands for null. */
  readonly lengths: readonly number[];
}

export function packValues(values: readonly (Uint8Array | null)[]): PackedValues {
  const lengths = values.map((value) => value?.byteLength ?? -1);
  const bytes = new Uint8Array(values.reduce((sum, value) => sum + (value?.byteLength ?? 0), 0));
  let offset = 0;
  for (const value of values) {
    if (value === null) continue;
    bytes.set(value, offset);
    offset += value.byteLength;
  }
  return { bytes, lengths };
}

/** Views on the packed buffer, not copies. */
export function unpackValues({ bytes, lengths }: PackedValues): (Uint8Array | null)[] {
  let offset = 0;
  return lengths.map((length) => {
    if (length < 0) return null;
    offset += length;
    return bytes.subarray(offset - length, offset);
  });
}
