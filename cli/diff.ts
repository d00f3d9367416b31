// What an edit changes, line by line, as `diff -u` tells it: the longest common subsequence of what lies between the first change and
// the last one. Pure.
const context = 2;

/** Beyond so many cells the lines between are told as replaced whole: a table of them takes the memory of a page each. */
const mostCells = 4_000_000;

interface Line {
  readonly mark: ' ' | '-' | '+';
  readonly text: string;
}

/** Empty when nothing is changed. */
export function diff(before: string, after: string): string {
  const lines = compare(before.split('\n'), after.split('\n'));
  const near = (n: number): boolean => lines.slice(Math.max(0, n - context), n + context + 1).some(isChange);
  const shown = lines.flatMap((line, n) => {
    if (near(n)) return [`${line.mark} ${line.text}`];
    return n > 0 && near(n - 1) ? ['  …'] : [];
  });
  return shown.join('\n');
}

const isChange = ({ mark }: Line): boolean => mark !== ' ';

function compare(before: readonly string[], after: readonly string[]): Line[] {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  const same = (texts: readonly string[]): Line[] => texts.map((text) => ({ mark: ' ', text }));
  const changed = between(before.slice(head, before.length - tail), after.slice(head, after.length - tail));
  return [...same(before.slice(0, head)), ...changed, ...same(before.slice(before.length - tail))];
}

function between(before: readonly string[], after: readonly string[]): Line[] {
  if (before.length * after.length > mostCells) {
    return [...before.map((text): Line => ({ mark: '-', text })), ...after.map((text): Line => ({ mark: '+', text }))];
  }
  const common = commonLengths(before, after);
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      lines.push({ mark: ' ', text: `${before[i]}` });
      [i, j] = [i + 1, j + 1];
    } else if (j === after.length || (i < before.length && at(common, i + 1, j) >= at(common, i, j + 1))) {
      lines.push({ mark: '-', text: `${before[i]}` });
      i += 1;
    } else {
      lines.push({ mark: '+', text: `${after[j]}` });
      j += 1;
    }
  }
  return lines;
}

const at = (rows: readonly Uint32Array[], i: number, j: number): number => rows[i]?.[j] ?? 0;

/** [i][j]: how many lines the rests from i and from j have in common. */
function commonLengths(before: readonly string[], after: readonly string[]): Uint32Array[] {
  const rows = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      const row = rows[i];
      if (row === undefined) continue;
      row[j] = before[i] === after[j] ? at(rows, i + 1, j + 1) + 1 : Math.max(at(rows, i + 1, j), at(rows, i, j + 1));
    }
  }
  return rows;
}
