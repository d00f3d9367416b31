// Two sides measured beside each other: interleaved A B B A, so that what else the machine does falls on both alike; the result
// is the median of the pairs' ratios. A side checks its own result and throws on a mismatch.

/** One timed run: `units` of work; `cpuMs` of the process that is measured, NaN where it is not known. */
export interface Run {
  readonly units: number;
  readonly wallMs: number;
  readonly cpuMs: number;
}

export interface Side {
  readonly name: string;
  run(): Promise<Run>;
}

interface Options {
  /** How many pairs are run (7). */
  readonly pairs?: number;
  /** The least ratio of ours to the peer's that is good enough; none by default. */
  readonly target?: number;
  /** What is counted ('messages'). */
  readonly unit?: string;
}

/** Ratios further apart than this say nothing. */
const widestSpread = 0.25;

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle) - 1] ?? Number.NaN)) / 2;
};

/** From the least to the most, as a part of the median. */
const spreadOf = (values: readonly number[]): number => (Math.max(...values) - Math.min(...values)) / median(values);

const perSecond = ({ units, wallMs }: Run): number => (units / wallMs) * 1_000;

function line(name: string, runs: readonly Run[], unit: string): string {
  const rate = median(runs.map(perSecond));
  const cpu = median(runs.map(({ cpuMs, units }) => (cpuMs * 1_000) / units));
  const beside = Number.isNaN(cpu) ? '' : `, CPU ${cpu.toFixed(1)} µs each`;
  const wallMs = median(runs.map((run) => run.wallMs)).toFixed(0);
  return `  ${name}: ${rate.toFixed(rate < 10 ? 2 : 0)} ${unit}/s (${wallMs} ms)${beside}`;
}

function verdict(ratio: number, spread: number, target: number | undefined): string {
  if (spread > widestSpread) return 'inconclusive';
  if (target === undefined) return '';
  return ratio >= target ? `met (>= ${target})` : `missed (>= ${target})`;
}

/** Runs both sides in turn and prints what came of it. @returns the median of the ratios ours / peer of units a second. */
export async function compare(title: string, ours: Side, peer: Side, options: Options = {}): Promise<number> {
  const { pairs = 7, target, unit = 'messages' } = options;
  const runs = new Map<Side, Run[]>([
    [ours, []],
    [peer, []],
  ]);
  for (let pair = 0; pair < pairs; pair += 1)
    for (const side of pair % 2 === 0 ? [ours, peer] : [peer, ours]) runs.get(side)?.push(await side.run());
  const [our = [], their = []] = [runs.get(ours), runs.get(peer)];
  const ratios = our.map((run, n) => perSecond(run) / perSecond(their[n] as Run));
  const [ratio, spread] = [median(ratios), spreadOf(ratios)];
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)].map((each) => each.toFixed(2));
  console.log(`${title} (${pairs} pairs)`);
  console.log(line(ours.name, our, unit));
  console.log(line(peer.name, their, unit));
  const found = verdict(ratio, spread, target);
  const range = `${least} to ${most}, spread ${(spread * 100).toFixed(0)} %`;
  console.log(`  ratio ${ratio.toFixed(2)} (${range})${found === '' ? '' : `: ${found}`}`);
  return ratio;
}
