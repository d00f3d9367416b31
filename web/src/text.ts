// Times, amounts and ids as the page shows them.

/** The time of day where the reader is. */
export const timeOf = (iso: string): string => new Date(iso).toLocaleTimeString('en-GB');

/** Hours and minutes of a time in ms since 1970. */
export const minuteOf = (ms: number): string =>
  new Date(ms).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });

export const amountOf = (minor: number, currency: string): string => `${(minor / 100).toFixed(2)} ${currency}`;

/** The end of an id: of ids made by the clock, the beginnings are all alike. */
export const shortId = (id: string): string => `…${id.slice(-8)}`;

/** Data in words: { amount: { amountMinor: 1490, currency: 'EUR' } } → "amount 14.90 EUR". */
export function wordsOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(wordsOf).join('; ');
  if (typeof value !== 'object' || value === null) return String(value);
  if ('amountMinor' in value && 'currency' in value) return amountOf(Number(value.amountMinor), String(value.currency));
  return Object.entries(value)
    .map(([name, each]) => `${name} ${wordsOf(each)}`)
    .join(', ');
}
