// Rows in columns that fit the terminal, and strangers' text made fit to be printed. Pure.
export interface Column<T> {
  readonly title: string;
  readonly of: (row: T) => string;
  readonly isNumber?: true;
}

// C0 and C1: what came in a message must not move the cursor or write the terminal's title.
// oxlint-disable-next-line no-control-regex
const controls = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g;

/** Control characters but the line feed are shown instead of obeyed. */
export const printable = (text: string): string =>
  text.replace(controls, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** In one line. */
const cell = (text: string): string => printable(text).replaceAll('\n', ' ');

const gap = '  ';

/** @param width of a line; the last column is cut where it ends */
export function table<T>(columns: readonly Column<T>[], rows: readonly T[], width: number): string {
  const lines = [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ of }) => cell(of(row))))];
  const widths = columns.map((_, n) => Math.max(...lines.map((line) => (line[n] ?? '').length)));
  return lines.map((line) => cut(padded(line, columns, widths), width)).join('\n');
}

function padded<T>(line: readonly string[], columns: readonly Column<T>[], widths: readonly number[]): string {
  const cells = line.map((text, n) =>
    columns[n]?.isNumber ? text.padStart(widths[n] ?? 0) : text.padEnd(widths[n] ?? 0),
  );
  return cells.join(gap).trimEnd();
}

const cut = (line: string, width: number): string => (line.length > width ? `${line.slice(0, width - 1)}…` : line);

/** What the terminal shows in a line; a file or a pipe takes any. */
export const terminalWidth = (stream = process.stdout): number => (stream.isTTY ? stream.columns : Infinity);

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
] as const;

/** How long ago: 3 d, 2 h, 5 min, 12 s. */
export function age(iso: string, now: number): string {
  const ms = Math.max(0, now - Date.parse(iso));
  const [unit, unitMs] = units.find((each) => ms >= each[1]) ?? ['s', 1000];
  return `${Math.floor(ms / unitMs)} ${unit}`;
}
