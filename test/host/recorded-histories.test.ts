// Histories of Millrace's orchestrations, recorded by test/e2e/patient-saga.test.ts, against the sources of today. One that
// does not fit any more: an instance that runs while this version is deployed would fail. Change its orchestrator in another
// way, or let no instance run; then record anew: RECORD_HISTORIES=1 npx vitest run --project e2e test/e2e/patient-saga.test.ts
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type RecordedHistory, replayHistory } from '../../local/testing/testing.ts';

const app = join(import.meta.dirname, 'fixtures/orchestrators-of-today');
const files = globSync('*.json', { cwd: join(import.meta.dirname, 'histories') }).toSorted();

describe("a recorded history fits today's code", () => {
  it.each(files)('%s [fault 10]', async (file) => {
    const recorded = JSON.parse(readFileSync(join(import.meta.dirname, 'histories', file), 'utf8')) as RecordedHistory;
    await expect(replayHistory(recorded, { app })).resolves.toBeUndefined();
  });

  it('does not fit a saga whose moves were changed, and the error names the step [fault 10]', async () => {
    const file = join(import.meta.dirname, 'histories/payment-saga-v2.provider-down.json');
    const recorded = JSON.parse(readFileSync(file, 'utf8')) as RecordedHistory;
    await expect(replayHistory({ ...recorded, name: 'changed-saga' }, { app })).rejects.toThrow(
      /'changed-saga' is not deterministic: task \d+ was a timer/,
    );
  });

  it('of every orchestration', () => {
    expect(files.map((file) => file.split('.')[0])).toEqual(
      expect.arrayContaining(['payment-saga-v2', 'projection-rebuild', 'video-pipeline']),
    );
  });
});
