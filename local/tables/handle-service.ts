// The properties and statistics of the service.
// https://learn.microsoft.com/rest/api/storageservices/set-table-service-properties
// Differs from Azure: rules for CORS and settings for logging and metrics are kept and have no effect.
import type { Store } from '../store/store.ts';
import { checkService } from './authorization/grant.ts';
import type { TableAnswer, TableRequest } from './exchange.ts';
import { TableError } from './table-error.ts';
import { childrenOf, parseXml, writeXml, type XmlElement } from './xml.ts';

const SPACE = 'tables.service';
const KEY = 'properties';
const SECTIONS = ['Logging', 'HourMetrics', 'MinuteMetrics', 'Cors'] as const;

const OFF = '<Version>1.0</Version><Enabled>false</Enabled><RetentionPolicy><Enabled>false</Enabled></RetentionPolicy>';
const DEFAULTS: Readonly<Record<(typeof SECTIONS)[number], string>> = {
  Logging:
    '<Logging><Version>1.0</Version><Read>false</Read><Write>false</Write><Delete>false</Delete><RetentionPolicy><Enabled>false</Enabled></RetentionPolicy></Logging>',
  HourMetrics: `<HourMetrics>${OFF}</HourMetrics>`,
  MinuteMetrics: `<MinuteMetrics>${OFF}</MinuteMetrics>`,
  Cors: '<Cors />',
};

export async function handleService(store: Store, request: TableRequest): Promise<TableAnswer> {
  if (request.query.get('restype') !== 'service') throw new TableError('NotImplemented');
  const comp = request.query.get('comp');
  if (comp === 'stats' && request.method === 'GET') return readStatistics(request);
  if (comp !== 'properties') throw new TableError('NotImplemented');
  if (request.method === 'GET') {
    checkService(request.grant, 'r');
    return xmlAnswer('StorageServiceProperties', Object.values(await readSections(store)).join(''));
  }
  if (request.method !== 'PUT') throw new TableError('MethodNotAllowed');
  checkService(request.grant, 'w');
  const sections = { ...(await readSections(store)), ...parseSections(request.body) };
  await store.commit([{ space: SPACE, key: KEY, value: Buffer.from(JSON.stringify(sections)) }]);
  return { status: 202, headers: {} };
}

async function readSections(store: Store): Promise<Record<string, string>> {
  const bytes = await store.get(SPACE, KEY);
  return { ...DEFAULTS, ...(bytes && (JSON.parse(new TextDecoder().decode(bytes)) as Record<string, string>)) };
}

/** A section that is not given stays as it is. */
function parseSections(body: string): Record<string, string> {
  const root = parseXml(body);
  const strangers = root.children.filter(({ name }) => !SECTIONS.some((section) => section === name));
  if (root.name !== 'StorageServiceProperties' || strangers.length > 0)
    throw new TableError('InvalidXmlDocument', `StorageServiceProperties holds ${SECTIONS.join(', ')}.`);
  for (const section of root.children) checkSection(section);
  return Object.fromEntries(root.children.map((section) => [section.name, writeXml(section)]));
}

function checkSection(section: XmlElement): void {
  const needed = section.name === 'Cors' ? [] : ['Version', 'RetentionPolicy'];
  const missing = needed.find((name) => childrenOf(section, name).length === 0);
  if (missing !== undefined) throw new TableError('InvalidXmlDocument', `${section.name} needs ${missing}.`);
}

function readStatistics(request: TableRequest): TableAnswer {
  checkService(request.grant, 'r');
  const synced = `<LastSyncTime>${new Date().toUTCString()}</LastSyncTime>`;
  return xmlAnswer('StorageServiceStats', `<GeoReplication><Status>live</Status>${synced}</GeoReplication>`);
}

function xmlAnswer(root: string, content: string): TableAnswer {
  const body = `<?xml version="1.0" encoding="utf-8"?><${root}>${content}</${root}>`;
  return { status: 200, headers: { 'Content-Type': 'application/xml' }, body };
}
