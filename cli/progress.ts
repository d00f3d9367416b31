// How far something is: a bar on a terminal, elsewhere a line for every tenth. On standard error, so that the answer stays alone
// on standard output.
const barWidth = 30;

/** `part` is 0 to 1; `told` stands beside the bar. */
export function progress(stream = process.stderr): (part: number, told: string) => void {
  let toldTenths = -1;
  return (part, told) => {
    const line = `${`${Math.floor(part * 100)} %`.padStart(5)}  ${told}`;
    if (stream.isTTY) {
      const filled = Math.round(part * barWidth);
      const bar = `[${'='.repeat(filled)}${' '.repeat(barWidth - filled)}] ${line}`;
      stream.write(`\r${bar.slice(0, stream.columns - 1)}\u001b[K${part === 1 ? '\n' : ''}`);
      return;
    }
    const tenths = Math.floor(part * 10);
    if (tenths > toldTenths) stream.write(`${line}\n`);
    toldTenths = Math.max(tenths, toldTenths);
  };
}
