import { duplexPair } from 'node:stream';
import { expect, it } from 'vitest';
import { type Call, openChannel } from '../../../local/durable-protocol/channel.ts';
import { waitFor } from '../../support/wait-for.ts';

const call = (number: number, body: unknown): Call => ({ number, verb: 'result', body });

it('brings messages in order, whole, however they are cut on the way', async () => {
  const [ours, theirs] = duplexPair();
  const received: Call[] = [];
  openChannel(theirs, (message) => received.push(message as Call));
  const sent = [call(1, 'line\nbreak'), call(2, { text: 'ü€😀' }), call(3, null)];
  const bytes = Buffer.from(sent.map((each) => `${JSON.stringify(each)}\n`).join(''));
  for (const byte of bytes) ours.write(Buffer.from([byte]));
  await waitFor('three messages', () => received.length === sent.length);
  expect(received).toEqual(sent);
});

it('puts what is said in one turn into one write', async () => {
  const [ours, theirs] = duplexPair();
  const chunks: Buffer[] = [];
  theirs.on('data', (chunk: Buffer) => chunks.push(chunk));
  const channel = openChannel(ours, () => {});
  for (const number of [1, 2, 3]) channel.send(call(number, 'x'));
  await waitFor('the write', () => chunks.length > 0);
  expect(chunks.map((chunk) => chunk.toString().split('\n').length - 1)).toEqual([3]);
});

it('sends what was said before it closes', async () => {
  const [ours, theirs] = duplexPair();
  const received: Call[] = [];
  openChannel(theirs, (message) => received.push(message as Call));
  const channel = openChannel(ours, () => {});
  channel.send(call(1, 'last'));
  channel.close();
  await waitFor('the message', () => received.length > 0);
  expect(received).toEqual([call(1, 'last')]);
});

it('breaks the connection at what is no message', async () => {
  const [ours, theirs] = duplexPair();
  openChannel(theirs, () => {});
  ours.write('no JSON\n');
  await waitFor('the end', () => theirs.destroyed);
  expect(theirs.writable).toBe(false);
});
