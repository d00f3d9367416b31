// .NET's custom date formats, as far as paths of blobs use them: {DateTime:yyyy}/{DateTime:MM-dd}. Always UTC.

const part = /yyyy|yy|MM|M|dd|d|HH|H|hh|h|mm|m|ss|s|f{1,7}|tt|K|z{1,3}|'[^']*'|\\./g;

export function formatDate(date: Date, format: string): string {
  const hour12 = date.getUTCHours() % 12 || 12;
  const numbers: Readonly<Record<string, number>> = {
    y: date.getUTCFullYear(),
    M: date.getUTCMonth() + 1,
    d: date.getUTCDate(),
    H: date.getUTCHours(),
    h: hour12,
    m: date.getUTCMinutes(),
    s: date.getUTCSeconds(),
  };
  return format.replace(part, (text) => {
    const letter = text.charAt(0);
    const number = numbers[letter];
    if (number !== undefined) return String(number).padStart(text.length, '0').slice(-Math.max(text.length, 2));
    if (letter === 'f') return String(date.getUTCMilliseconds()).padStart(3, '0').padEnd(7, '0').slice(0, text.length);
    if (letter === 't') return date.getUTCHours() < 12 ? 'AM' : 'PM';
    if (letter === 'K') return 'Z';
    if (letter === 'z') return ['+0', '+00', '+00:00'][text.length - 1] ?? '';
    return letter === '\\' ? text.slice(1) : text.slice(1, -1);
  });
}
