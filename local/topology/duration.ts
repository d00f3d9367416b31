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
