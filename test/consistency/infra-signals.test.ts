// The alerts in Azure look at the signals the app writes, with its thresholds: both read infra/signals.json.
import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { signalNames } from '../../shared/operations/signals.ts';
import { readBicepFolder } from '../support/bicep.ts';

const alerts = (await readBicepFolder('infra')).find(({ path }) => path === 'infra/app/alerts.bicep');
const rules = alerts?.resources.filter(({ type }) => type.startsWith('Microsoft.Insights/scheduledQueryRules@')) ?? [];
const ofSignals = rules.filter(({ loopsOver }) => loopsOver !== undefined);

test('one rule is made of each signal in infra/signals.json', () => {
  expect(ofSignals.map(({ loopsOver }) => loopsOver)).toEqual(["items(loadJsonContent('../signals.json'))"]);
});

test('its name, threshold and words come from there, none is written by hand', () => {
  const text = readFileSync('infra/app/alerts.bicep', 'utf8');
  expect(text).toContain('line.metric == "${signal.key}" and todouble(line.value) > ${signal.value.warnAbove}');
  expect(text.match(/line\.metric ==/g)).toHaveLength(1);
  for (const used of ['title', 'advice', 'severity']) expect(text).toContain(`signal.value.${used}`);
  expect(signalNames.filter((name) => text.includes(`'${name}'`) || text.includes(`"${name}"`))).toEqual([]);
});

test('each signal is measured each minute, and metrics are written of signals only', () => {
  const measures = readFileSync('functions/operations/signal-measures.ts', 'utf8');
  for (const name of signalNames) expect(measures).toContain(`'${name}': async () =>`);
  const writing = globSync('functions/**/*.ts').filter((path) => readFileSync(path, 'utf8').includes('writeMetric('));
  expect(writing.toSorted()).toEqual([
    'functions/operations/measure-signals.ts',
    'functions/orders/publish-outbox.ts',
    'functions/orders/sweep-outbox.ts',
  ]);
});
