// The host's lines on standard output: as func prints them, or one JSON object a line; filtered by host.json's logLevel.
import type { Log, LogLevel, LogSubject } from './function-app.ts';

const severities: readonly LogLevel[] = ['trace', 'debug', 'information', 'warning', 'error', 'critical'];

export interface LogOptions {
  readonly json: boolean;
  /** Lines of this subject below this level are dropped. */
  readonly minimumLevel: (functionName: string | undefined) => LogLevel | 'none';
  readonly write: (line: string) => void;
  readonly now: () => Date;
}

export function createLog({ json, minimumLevel, write, now }: LogOptions): Log {
  return (level, message, about = {}) => {
    const minimum = minimumLevel(about.functionName);
    if (minimum === 'none' || severities.indexOf(level) < severities.indexOf(minimum)) return;
    write(json ? jsonLine(now(), level, message, about) : `[${now().toISOString()}] ${message}\n`);
  };
}

function jsonLine(time: Date, level: LogLevel, message: string, about: LogSubject): string {
  return `${JSON.stringify({ time: time.toISOString(), level, message, ...about })}\n`;
}

/**
 * The level host.json's `logging.logLevel` sets for a function's lines (or, without a name, the host's own):
 * the longest category that is a prefix wins, `default` otherwise, Information where nothing is said.
 */
export function minimumLevelOf(
  logLevel: Readonly<Record<string, string>>,
  functionName: string | undefined,
): LogLevel | 'none' {
  const category = functionName === undefined ? 'Host' : `Function.${functionName}.User`;
  const matching = Object.keys(logLevel)
    .filter((key) => category === key || category.startsWith(`${key}.`))
    .toSorted((a, b) => b.length - a.length);
  const level = logLevel[matching[0] ?? 'default']?.toLowerCase();
  return [...severities, 'none' as const].find((known) => known === level) ?? 'information';
}
