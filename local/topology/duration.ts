// ISO 8601 durations in days, hours, minutes and seconds, as ARM writes them.

const pattern = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;
const dayMs = 86_400_000;

/** In milliseconds; undefined when the text is no such duration. */
export function durationMs(text: string): number | undefined {
  const match = pattern.exec(text);
  if (!match || !/\d/.test(text)) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0));
  return days * dayMs + hours * 3_600_000 + minutes * 60_000 + seconds * 1000;
}

/** The shortest that says it; parts of a second are left out. */
export function isoDuration(valueMs: number): string {
  const seconds = Math.floor(valueMs / 1000);
  const time = [
    [Math.floor(seconds / 3600) % 24, 'H'],
    [Math.floor(seconds / 60) % 60, 'M'],
    [seconds % 60, 'S'],
  ] as const;
  const written = time.map(([count, unit]) => (count > 0 ? `${count}${unit}` : '')).join('');
  const days = Math.floor(seconds / 86_400);
  if (days === 0) return `PT${written || '0S'}`;
  return `P${days}D${written && `T${written}`}`;
}
