import { describe, expect, test } from 'vitest';
import { defaultPorts } from '../../../local/supervisor/options.ts';
import { withRealPorts } from '../../../local/supervisor/settings.ts';

const ports = { front: 1071, amqp: 1672, blob: 1000, queue: 1001, table: 1002, services: 1072 };
const real = (value: string) => withRealPorts({ VALUE: value }, ports)['VALUE'];

describe('withRealPorts', () => {
  test('spells out UseDevelopmentStorage=true', () => {
    const value = real('UseDevelopmentStorage=true');
    expect(value).toContain(
      'AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2U',
    );
    expect(value).toContain('BlobEndpoint=http://127.0.0.1:1000/devstoreaccount1;');
    expect(value).toContain('QueueEndpoint=http://127.0.0.1:1001/devstoreaccount1;');
    expect(value).toContain('TableEndpoint=http://127.0.0.1:1002/devstoreaccount1;');
  });

  test('puts the AMQP port into an emulator connection string, with or without a port', () => {
    const rest =
      'SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true;';
    const expected = `Endpoint=sb://localhost:1672;${rest}`;
    expect(real(`Endpoint=sb://localhost;${rest}`)).toBe(expected);
    expect(real(`Endpoint=sb://localhost:5672;${rest}`)).toBe(expected);
    expect(real(`Endpoint=sb://localhost:5672/;${rest}`)).toBe(expected);
  });

  test('leaves a real namespace alone', () => {
    const value = 'Endpoint=sb://shop.servicebus.windows.net/;SharedAccessKeyName=k;SharedAccessKey=v';
    expect(real(value)).toBe(value);
  });

  test.each([
    ['http://127.0.0.1:7072', 'http://127.0.0.1:1072'],
    ['http://127.0.0.1:7072/event-grid/topics/t/api/events', 'http://127.0.0.1:1072/event-grid/topics/t/api/events'],
    ['http://localhost:7071/api?x=1', 'http://localhost:1071/api?x=1'],
    ['endpoint=http://127.0.0.1:7072/;accesskey=bG9jYWw=', 'endpoint=http://127.0.0.1:1072/;accesskey=bG9jYWw='],
    [
      'BlobEndpoint=http://127.0.0.1:10000/a;TableEndpoint=http://127.0.0.1:10002/a',
      'BlobEndpoint=http://127.0.0.1:1000/a;TableEndpoint=http://127.0.0.1:1002/a',
    ],
  ])('replaces the default port in %s', (value, expected) => {
    expect(real(value)).toBe(expected);
  });

  test.each([
    'http://127.0.0.1:70710/',
    'http://127.0.0.1:8080/',
    'https://example.com:7072/',
    'http://127.0.0.1/',
    'node',
    '7071',
    '',
  ])('leaves %j alone', (value) => {
    expect(real(value)).toBe(value);
  });

  test('changes no address when the ports are the default ones', () => {
    const values = { A: 'http://127.0.0.1:7072/carrier', B: 'endpoint=http://127.0.0.1:7072/;accesskey=bG9jYWw=' };
    expect(withRealPorts(values, defaultPorts)).toEqual(values);
  });
});
