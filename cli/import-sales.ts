// npm run import-sales -- sales.json: sends a till's file as a till does, to Service Bus; large data stand apart in a blob.
// Which Service Bus, say the app's settings: by default the local Azure on its own ports.
import { readFileSync } from 'node:fs';
import { outboxSender } from '../shared/adapters/messaging/outbox-sender.ts';
import { serviceBus } from '../shared/adapters/messaging/service-bus.ts';
import { toMessage } from '../shared/contracts/contract.ts';
import { salesImport } from '../shared/contracts/imports.ts';
import { toAppError } from '../shared/kernel/errors.ts';
import { newId } from '../shared/kernel/ids.ts';
import { parseJson } from '../shared/kernel/parse-json.ts';
import { parseWith } from '../shared/kernel/schema.ts';
import { CommandError, readArguments, runCommand, UsageError } from './command.ts';
import { useLocalSettings } from './settings.ts';

const usage = `npm run import-sales -- <file.json> [--unchecked]
The file: { "tillId", "fileId", "currency", "replyTo"?, "sales": [{ "receipt", "customerId", "email", "items", "payment", "shipTo" }] }
--unchecked sends it as it stands, as a till with a fault of its own would`;

type SalesFile = (typeof salesImport)['schema']['_output'];

/** @throws AppError invalid-json, and invalid-request unless it is unchecked */
function readFile(file: string, isUnchecked: boolean): SalesFile {
  const value = parseJson(readFileSync(file, 'utf8'));
  return isUnchecked ? (value as SalesFile) : parseWith(salesImport.schema, value, 'invalid-request', file);
}

async function send(data: SalesFile): Promise<string> {
  useLocalSettings();
  const id = newId();
  const subject = `${data.tillId}/${data.fileId}`;
  const message = toMessage(salesImport, { id, subject, time: new Date().toISOString(), data });
  try {
    await outboxSender.send(message.destination, [message]);
  } finally {
    await (await serviceBus()).close();
  }
  // What was not checked need not have sales.
  const count = Array.isArray(data.sales) ? data.sales.length : 'no';
  return `Sent ${count} sales of ${subject}, message ${id}: a summary comes by mail.`;
}

await runCommand(async (args) => {
  const { values, positionals } = readArguments(args, { unchecked: { type: 'boolean', default: false } }, usage);
  const [file, ...others] = positionals;
  if (file === undefined || others.length > 0) throw new UsageError(`Name one file\n${usage}`);
  try {
    console.log(await send(readFile(file, values.unchecked)));
  } catch (thrown) {
    const { kind, message } = toAppError(thrown);
    throw new CommandError(
      `${message}\n${kind === 'transient' ? 'Is the local Azure running? Start it with: npm start' : usage}`,
    );
  }
  return 0;
});
