// `millrace/testing`: the local Azure in the process of a test, time that skips, histories that are replayed.
export { type FinishedInstance } from './finish.ts';
export { recordHistory, type RecordedHistory, replayHistory } from './histories.ts';
export { skippingClock, type SkippingClock } from './skipping-clock.ts';
export { type Local, type LocalOptions, type LocalTopology, startLocal } from './start-local.ts';
