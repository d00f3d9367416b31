// .NET's TimeSpan text, as host.json and timer schedules use it: [d.]hh:mm:ss[.fffffff].
const pattern = /^(?:(\d+)\.)?(\d{1,2}):([0-5]?\d):([0-5]?\d)(?:\.(\d{1,7}))?$/;

/** Milliseconds, or undefined when it is no time span. Hours above 23 count as days, as the real host takes them. */
export function parseTimeSpan(text: string): number | undefined {
  const match = pattern.exec(text.trim());
  if (!match) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1, 5).map((part) => Number(part ?? 0));
  const fractionMs = Number(`0.${match[5] ?? '0'}`) * 1000;
  const wholeDays = days + (hours > 23 ? hours : 0);
  const hoursOfDay = hours > 23 ? 0 : hours;
  return ((wholeDays * 24 + hoursOfDay) * 3600 + minutes * 60 + seconds) * 1000 + fractionMs;
}
