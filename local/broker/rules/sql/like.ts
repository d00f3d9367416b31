// LIKE: `%` is any run of characters, `_` any one; comparison with case. Takes time in proportion to both lengths at worst,
// whatever the pattern, which a regular expression would not.

type Part =
  | { readonly kind: 'run' }
  | { readonly kind: 'any' }
  | { readonly kind: 'exact'; readonly character: string };

export function isLike(text: string, pattern: string, escape: string | undefined): boolean {
  const parts = partsOf(pattern, escape);
  let textAt = 0;
  let partAt = 0;
  let runAt = -1;
  let runTextAt = 0;
  while (textAt < text.length) {
    const part = parts[partAt];
    if (part?.kind === 'run') {
      runAt = partAt++;
      runTextAt = textAt;
    } else if (part?.kind === 'any' || (part?.kind === 'exact' && part.character === text[textAt])) {
      partAt += 1;
      textAt += 1;
    } else if (runAt >= 0) {
      // Give the last run one more character and try again from there.
      partAt = runAt + 1;
      textAt = ++runTextAt;
    } else {
      return false;
    }
  }
  return parts.slice(partAt).every((part) => part.kind === 'run');
}

function partsOf(pattern: string, escape: string | undefined): Part[] {
  const parts: Part[] = [];
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern.charAt(at);
    if (character === escape && at + 1 < pattern.length) parts.push({ kind: 'exact', character: pattern.charAt(++at) });
    else if (character === '%') parts.push({ kind: 'run' });
    else if (character === '_') parts.push({ kind: 'any' });
    else parts.push({ kind: 'exact', character });
  }
  return parts;
}
