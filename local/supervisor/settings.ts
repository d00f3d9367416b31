// The app's settings (`Values` of local.settings.json) with the ports that Millrace really listens on.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { asRecord, readJson } from '../host/settings.ts';
import { developmentAccount } from '../storage/signed-request.ts';
import { defaultPorts, type Ports } from './options.ts';

export type Values = Readonly<Record<string, string>>;

/** From local.settings.json, or local.settings.sample.json where there is none. @throws Error naming a file that is not JSON */
export function readValues(app: string): Values {
  const files = ['local.settings.json', 'local.settings.sample.json'].map((name) => path.join(app, name));
  const file = files.find((candidate) => existsSync(candidate));
  if (file === undefined) return {};
  const entries = Object.entries(asRecord(readJson(file)['Values']));
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}

/** Every value with default ports of this machine replaced by the real ones, in addresses and in connection strings. */
export function withRealPorts(values: Values, ports: Ports): Values {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, withRealPort(value, ports)]));
}

function withRealPort(value: string, ports: Ports): string {
  if (/^\s*UseDevelopmentStorage=true;?\s*$/i.test(value)) return storageConnectionString(ports);
  if (/;?UseDevelopmentEmulator=true/i.test(value)) {
    return value.replace(/(Endpoint=sb:\/\/[^/:;]+)(?::\d+)?\/?/i, `$1:${ports.amqp}`);
  }
  return value.replace(localAddress, (address, origin: string, port: string) => {
    const name = portNames.find((known) => defaultPorts[known] === Number(port));
    return name === undefined ? address : `${origin}:${ports[name]}`;
  });
}

const localAddress = /(https?:\/\/(?:127\.0\.0\.1|localhost)):(\d+)(?!\d)/gi;
const portNames = Object.keys(defaultPorts) as (keyof Ports)[];

/** What UseDevelopmentStorage=true stands for, spelt out with the real ports. */
export function storageConnectionString(ports: Pick<Ports, 'blob' | 'queue' | 'table'>): string {
  const { name, key } = developmentAccount;
  const endpoint = (port: number) => `http://127.0.0.1:${port}/${name}`;
  return (
    `DefaultEndpointsProtocol=http;AccountName=${name};AccountKey=${key};BlobEndpoint=${endpoint(ports.blob)};` +
    `QueueEndpoint=${endpoint(ports.queue)};TableEndpoint=${endpoint(ports.table)};`
  );
}
