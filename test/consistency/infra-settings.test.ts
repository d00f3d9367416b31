import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import hostJson from '../../host.json' with { type: 'json' };
import { settingsSchema } from '../../shared/kernel/settings.ts';
import { readBicepFolder } from '../support/bicep.ts';

const files = await readBicepFolder('infra');
const functionApp = files.flatMap((file) => file.modules).find((module) => module.type === 'app/function-app.bicep');
const inCloud = [...(functionApp?.body.properties.get('params')?.properties.get('settings')?.properties.keys() ?? [])];
const locally: string[] = Object.keys(JSON.parse(await readFile('local.settings.sample.json', 'utf8')).Values);

const read = Object.keys(settingsSchema.shape);
/** Read instead of the setting they begin with, where an identity takes the place of a connection string. */
const byIdentity = read.filter((name) => name.includes('__'));
const connections = new Set(byIdentity.map((name) => name.split('__', 1)[0]));
/** Settings of a developer's machine: in the cloud, Bicep creates what they ask the app to create, and an identity needs no key. */
const localOnly = new Set(['PREPARE_STORAGE', 'EVENT_GRID_TOPIC_KEY', 'PAYMENTS_WEBHOOK_URL', 'WEBHOOKS_TO_LOOPBACK']);
/** A limit that only Azure sets. */
const cloudOnly = new Set(['UPLOAD_LIMIT_BYTES']);
/** What the platform itself wants: the Functions host, its extensions and Application Insights. */
const ofThePlatform =
  /^(AzureWebJobsStorage|ServiceBusConnection|EventHubsConnection|AzureFunctionsJobHost|APPLICATIONINSIGHTS|DURABLE_TASK|FUNCTIONS)_/;
const inHostJson = [...JSON.stringify(hostJson).matchAll(/%(\w+)%/g)].map((match) => match[1] ?? '');

describe('Bicep', () => {
  test('sets every setting the app reads, connections by identity', () => {
    const expected = read.filter((name) => !connections.has(name) && !localOnly.has(name));
    expect(expected).not.toEqual([]);
    expect(inCloud).toEqual(expect.arrayContaining(expected));
  });

  test('sets what host.json refers to', () => {
    expect(inCloud).toEqual(expect.arrayContaining(inHostJson));
  });

  test('sets nothing that nobody reads, and no connection string beside an identity', () => {
    const known = new Set([...read.filter((name) => !connections.has(name)), ...inHostJson]);
    expect(inCloud.filter((name) => !known.has(name) && !ofThePlatform.test(name))).toEqual([]);
  });

  test('gives the app and the host in front of it one limit of an upload', () => {
    const values = functionApp?.body.properties.get('params')?.properties.get('settings')?.properties;
    const limits = ['UPLOAD_LIMIT_BYTES', 'FUNCTIONS_REQUEST_BODY_SIZE_LIMIT'].map((name) => values?.get(name)?.text);
    expect(limits).toEqual(['uploadLimitBytes', 'uploadLimitBytes']);
  });

  test('leaves to Flex Consumption what it refuses to be told', () => {
    const refused =
      /^(FUNCTIONS_WORKER|FUNCTIONS_EXTENSION|WEBSITE_RUN_FROM_PACKAGE|WEBSITE_CONTENT|SCM_DO_BUILD|ENABLE_ORYX)/;
    expect(inCloud.filter((name) => refused.test(name))).toEqual([]);
  });
});

describe('local.settings.sample.json', () => {
  test('sets every setting the app reads, connections by connection string', () => {
    const expected = read.filter((name) => !byIdentity.includes(name) && !cloudOnly.has(name));
    expect(locally).toEqual(expect.arrayContaining(expected));
    expect(locally.filter((name) => name.includes('__'))).toEqual([]);
  });

  test('sets what host.json refers to, and nothing that nobody reads', () => {
    const known = new Set([...read, ...inHostJson, 'FUNCTIONS_WORKER_RUNTIME']);
    expect(locally).toEqual(expect.arrayContaining(inHostJson));
    expect(locally.filter((name) => !known.has(name))).toEqual([]);
  });
});
