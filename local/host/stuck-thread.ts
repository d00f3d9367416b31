// functionTimeout for a function that never gives the thread back: no timer of this thread can end it, so a thread of its own
// looks on and kills the process.
import inspector from 'node:inspector';
import { Worker } from 'node:worker_threads';

const beatMs = 500;

/** @param patienceMs how long the thread may be busy without a pause */
export function killWhenStuck(patienceMs: number): void {
  // A thread that stands at a breakpoint is not stuck.
  if (inspector.url() !== undefined) return;
  const beats = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  setInterval(() => Atomics.add(beats, 0, 1), beatMs).unref();
  new Worker(watcher, { eval: true, workerData: { beats, patienceMs, graceMs: 2 * beatMs }, execArgv: [] }).unref();
}

/** The grace is for a process that was stopped as a whole and goes on. */
const watcher = `
const { writeSync } = require('node:fs');
const { beats, patienceMs, graceMs } = require('node:worker_threads').workerData;
const hasBeatIn = (ms) => {
  const before = Atomics.load(beats, 0);
  Atomics.wait(beats, 0, before, ms);
  return Atomics.load(beats, 0) !== before;
};
while (hasBeatIn(patienceMs) || hasBeatIn(graceMs));
writeSync(2, 'millrace-host ends: a function has kept the thread busy for longer than functionTimeout of host.json.\\n');
process.kill(process.pid, 'SIGKILL');
`;
