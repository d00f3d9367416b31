// The host's lines on standard output: as func prints them, or one JSON object a line; filtered by host.json's logLevel.
import type { Log, LogLevel, LogSubject } from './function-app.ts';

const severities: readonly LogLevel[] = ['trace', 'debug', 'information', 'warning', 'error', 'critical'];

export interface LogOptions {
  readonly json: boolean;
  /** For a terminal: the level shows by its colour. */
  readonly coloured: boolean;
  /** host.json's `logging.logLevel`. */
  readonly logLevel: Readonly<Record<string, string>>;
  readonly write: (line: string) => void;
  readonly now: () => Date;
}

export function createLog({ json, coloured, logLevel, write, now }: LogOptions): Log {
  const minimums = new Map<string, number>();
  const minimumOf = (category: string): number => {
    const minimum = minimums.get(category) ?? severityOf(minimumLevelOf(logLevel, category));
    minimums.set(category, minimum);
    return minimum;
  };
  return (level, message, about = {}) => {
    const category = categoryOf(about);
    if (severities.indexOf(level) < minimumOf(category)) return;
    if (json) write(`${JSON.stringify({ time: now().toISOString(), level, category, message, ...about })}\n`);
    else write(textLine(now(), level, message, about, coloured));
  };
}

/** Beyond every level for `none`. */
function severityOf(level: LogLevel | 'none'): number {
  return level === 'none' ? severities.length : severities.indexOf(level);
}

function categoryOf({ category, functionName, invocationId }: LogSubject): string {
  if (category !== undefined) return category;
  return functionName !== undefined && invocationId !== undefined ? `Function.${functionName}` : 'Host.General';
}

/** What a call says carries the call's id, so that the lines of calls that run side by side can be told apart. */
function textLine(time: Date, level: LogLevel, message: string, about: LogSubject, coloured: boolean): string {
  const { invocationId: id } = about;
  const suffix = id === undefined || message.includes(id) ? '' : ` (Id=${id})`;
  const prefix = `[${time.toISOString()}]`;
  if (!coloured) return `${prefix} ${message}${suffix}\n`;
  return `${paint(grey, prefix)} ${paint(colours[level], message)}${paint(grey, suffix)}\n`;
}

const grey = 90;
const yellow = 33;
const red = 31;
const colours: Readonly<Partial<Record<LogLevel, number>>> = {
  trace: grey,
  debug: grey,
  warning: yellow,
  error: red,
  critical: red,
};

function paint(colour: number | undefined, text: string): string {
  return colour === undefined || text === '' ? text : `\u001B[${colour}m${text}\u001B[0m`;
}

/** Whether text for this stream is coloured: in a terminal, unless NO_COLOR (https://no-color.org) is set. */
export function isColoured(stream: { readonly isTTY?: boolean }, noColor: string | undefined): boolean {
  return stream.isTTY === true && !noColor;
}

/**
 * The level host.json's `logging.logLevel` sets for a category (`Function.<name>.User` for what a function logs,
 * `Function.<name>` for its calls, `Host.…`): the longest key that is a prefix wins, `default` otherwise, Information where
 * nothing is said.
 */
export function minimumLevelOf(logLevel: Readonly<Record<string, string>>, category: string): LogLevel | 'none' {
  const matching = Object.keys(logLevel)
    .filter((key) => category === key || category.startsWith(`${key}.`))
    .toSorted((a, b) => b.length - a.length);
  const level = logLevel[matching[0] ?? 'default']?.toLowerCase();
  return [...severities, 'none' as const].find((known) => known === level) ?? 'information';
}
