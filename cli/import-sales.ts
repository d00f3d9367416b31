// npm run import-sales -- sales.json: sends a till's file as a till does, to Service Bus; large data stand apart in a blob.
// Which Service Bus, say the app's settings: by default the local Azure on its own ports.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ports } from '../shared/adapters/ports.ts';
import { toMessage } from '../shared/contracts/contract.ts';
import { salesImport } from '../shared/contracts/imports.ts';
import { toAppError } from '../shared/kernel/errors.ts';
import { newId } from '../shared/kernel/ids.ts';
import { parseJson } from '../shared/kernel/parse-json.ts';
import { parseWith } from '../shared/kernel/schema.ts';
import { useLocalSettings } from './settings.ts';

const usage = `Usage: npm run import-sales -- <file.json>
The file: { "tillId", "fileId", "currency", "replyTo"?, "sales": [{ "receipt", "customerId", "email", "items", "payment", "shipTo" }] }`;

function fileNamed(): string {
  const { positionals } = parseArgs({ allowPositionals: true, options: {} });
  const [file, ...others] = positionals;
  if (file === undefined || others.length > 0) throw new Error('Name one file');
  return file;
}

async function send(file: string): Promise<string> {
  const data = parseWith(salesImport.schema, parseJson(readFileSync(file, 'utf8')), 'invalid-request', file);
  useLocalSettings();
  const { outboxSender, connections } = ports();
  const id = newId();
  const subject = `${data.tillId}/${data.fileId}`;
  const message = toMessage(salesImport, { id, subject, time: new Date().toISOString(), data });
  try {
    await outboxSender.send(message.destination, [message]);
  } finally {
    await connections.serviceBus.close();
  }
  return `Sent ${data.sales.length} sales of ${subject}, message ${id}: a summary comes by mail.`;
}

try {
  console.log(await send(fileNamed()));
} catch (thrown) {
  const error = toAppError(thrown);
  console.error(error.message);
  console.error(error.kind === 'transient' ? 'Is the local Azure running? Start it with: npm start' : usage);
  process.exitCode = 1;
}
