// Many values in one buffer, many texts in one text: a batch crosses threads by few clones, and never clones a pooled slab.

export interface PackedValues {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** One entry a value; -1 stands for null. */
  readonly lengths: Int32Array;
}

export interface PackedTexts {
  readonly text: string;
  readonly lengths: Int32Array;
}

export function packTexts(texts: readonly string[]): PackedTexts {
  return { text: texts.join(''), lengths: Int32Array.from(texts, ({ length }) => length) };
}

export function unpackTexts({ text, lengths }: PackedTexts): string[] {
  let offset = 0;
  return Array.from(lengths, (length) => {
    offset += length;
    return text.slice(offset - length, offset);
  });
}

export function packValues(values: readonly (Uint8Array | null)[]): PackedValues {
  const lengths = Int32Array.from(values, (value) => value?.byteLength ?? -1);
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
  return Array.from(lengths, (length) => {
    if (length < 0) return null;
    offset += length;
    return bytes.subarray(offset - length, offset);
  });
}
