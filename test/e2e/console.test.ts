// The console as a person uses it: in a real browser, against the whole local Azure, never reloaded.
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiClient } from '../support/api-client.ts';
import { freePort } from '../support/free-port.ts';
import { type LocalAzure, makeDataFolder, removeData, startLocalAzure } from '../support/local-azure.ts';
import { makeVideo } from '../support/make-video.ts';
import { orderThatNeedsAttention } from '../support/needs-attention.ts';
import { sale, salesFile, type SalesFile, sendSales } from '../support/sales-file.ts';
import { waitFor } from '../support/wait-for.ts';

const executablePath = '/usr/bin/chromium';
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const data = makeDataFolder();
const faults: string[] = [];
let azure: LocalAzure;
let servicesPort: number;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  if (!existsSync(executablePath)) {
    throw new Error(`There is no ${executablePath}: install the Debian package "chromium" (apt-get install chromium)`);
  }
  servicesPort = await freePort();
  const options = ['--services-port', String(servicesPort)];
  [azure, browser] = await Promise.all([startLocalAzure(data, options), chromium.launch({ executablePath, args })]);
  page = await browser.newPage({ viewport: { width: 1100, height: 900 } });
  page.on('pageerror', ({ message }) => faults.push(message));
  await page.goto(azure.url);
});

afterAll(async () => {
  await browser?.close();
  await azure?.stop();
  removeData(data);
});

const section = (name: string) => page.getByRole('region', { name, exact: true });
const rowsOf = (list: string) => page.getByRole('list', { name: list }).getByRole('button');
const newest = (list: string) => rowsOf(list).first();
const orders = 'Orders, newest first';
const videos = 'Videos, newest first';

/** Whether the place comes to show the text. */
async function shows(place: Locator, text: string, timeoutMs = 60_000): Promise<boolean> {
  await place.getByText(text).first().waitFor({ timeout: timeoutMs });
  return true;
}

/** Places an order with the form as it stands and waits for its row. */
async function placeOrder(): Promise<void> {
  const before = await rowsOf(orders).count();
  await page.getByRole('button', { name: 'Place order' }).click();
  await waitFor('one order more', async () => (await rowsOf(orders).count()) > before, { timeoutMs: 30_000 });
}

test('an order placed on the page is seen completed, with its events, its payment and its mail', async () => {
  await placeOrder();
  expect(await shows(newest(orders), 'completed')).toBe(true);
  expect(await shows(section('Orders'), 'OrderCompleted')).toBe(true);
  expect(await shows(section('Payment provider’s ledger'), 'succeeded')).toBe(true);
  expect(await shows(section('Mail'), 'is confirmed')).toBe(true);
});

test('an order that is completed cannot be cancelled, and the page says so', async () => {
  await page.getByRole('button', { name: 'Cancel order' }).click();
  expect(await shows(section('Orders'), 'too-late-to-cancel')).toBe(true);
});

test('a declined card is seen to cancel the order', async () => {
  await page.getByLabel('Paid by').selectOption('a card that is declined');
  await placeOrder();
  expect(await shows(newest(orders), 'cancelled')).toBe(true);
  expect(await shows(section('Orders'), 'PaymentDeclined')).toBe(true);
  await page.getByLabel('Paid by').selectOption('a card that pays');
});

test('a film uploaded on the page is encoded and plays', async () => {
  const film = join(data, 'mill.mp4');
  await makeVideo(film, { seconds: 4 });
  await page.getByLabel('Video file').setInputFiles(film);
  await page.getByRole('button', { name: 'Upload' }).click();
  expect(await shows(newest(videos), 'ready', 120_000)).toBe(true);
  await page.evaluate('{ const film = document.querySelector("video"); film.muted = true; film.play(); }');
  const playedSeconds = await waitFor(
    'half a second of the film',
    async () => {
      const seconds = await page.evaluate<number>('document.querySelector("video").currentTime');
      return seconds > 0.5 && seconds;
    },
    { timeoutMs: 30_000 },
  );
  expect(playedSeconds).toBeGreaterThan(0.5);
});

test('a text file called a film is rejected, and the page says so', async () => {
  const notes = join(data, 'notes.mp4');
  // Larger than a block, so that it goes block by block.
  await writeFile(notes, Buffer.alloc(20 * 1024 * 1024, 'This is no film.\n'));
  await page.getByLabel('Video file').setInputFiles(notes);
  await page.getByRole('button', { name: 'Upload' }).click();
  expect(await shows(newest(videos), 'rejected')).toBe(true);
  expect(await shows(section('Videos'), 'The file was rejected.')).toBe(true);
});

test('readings sent on the page are charted by the minute', async () => {
  await page.getByRole('button', { name: 'Send half an hour of readings' }).click();
  expect(await shows(section('Devices'), '180 readings accepted, 0 rejected.')).toBe(true);
  const chart = page.getByRole('img', { name: 'temperature of room-1' });
  const points = await waitFor(
    'half an hour of points',
    async () => {
      const shown = Number(await chart.getAttribute('data-points'));
      return shown >= 30 && shown;
    },
    { timeoutMs: 60_000 },
  );
  expect(points).toBeLessThanOrEqual(31);
});

test('an operator sees a step that could not be undone, and decides about it with a note', async () => {
  await orderThatNeedsAttention(apiClient(azure.url), apiClient(`http://127.0.0.1:${servicesPort}/carrier`));
  await newest('Operator tasks, open ones first').click();
  const tasks = section('Operator tasks');
  expect(await shows(tasks, 'The shipment has left')).toBe(true);
  const press = (action: string) => tasks.getByRole('button', { name: action, exact: true }).click();
  await press('retry');
  expect(await shows(tasks, 'step-still-fails')).toBe(true);
  await press('resolve');
  expect(await shows(tasks, 'invalid-request')).toBe(true);
  await page.getByLabel('Note').fill('The driver brings it back.');
  await press('resolve');
  expect(await shows(tasks, 'The task is resolved.')).toBe(true);
  expect(await shows(section('Orders'), 'cancelled')).toBe(true);
});

test('an operator finds a dead letter, tries it, mends it and sends it again', async () => {
  const broken = { ...salesFile('evening', [sale(1, { customerId: 'ada' })]), currency: 'EURO' };
  await sendSales(azure, 'broken-sales', broken as unknown as SalesFile);
  const letters = section('Dead letters');
  await newest('Causes, the most frequent first').click();
  await newest('Open letters of schema/invalid-message/sales-import, newest first').click();
  const press = (action: string) => letters.getByRole('button', { name: action, exact: true }).click();
  await press('Dry run');
  expect(await shows(letters, 'It would come back. /data/currency')).toBe(true);
  await press('Discard');
  expect(await shows(letters, 'invalid-request')).toBe(true);
  const body = letters.getByLabel('Body');
  await body.fill('{ "half":');
  await press('Resubmit');
  expect(await shows(letters, 'The body is not JSON')).toBe(true);
  await letters.getByRole('button', { name: 'As it came' }).click();
  await body.fill((await body.inputValue()).replace('EURO', 'EUR'));
  await press('Resubmit');
  expect(await shows(letters, 'Sent to sales-import.')).toBe(true);
  expect(await shows(section('Mail'), 'file evening: 1 orders, 0 rejected')).toBe(true);
});

test('the page finds its way back when the host was killed', async () => {
  const [host = 0] = azure.children(/millrace-host/);
  expect(host).toBeGreaterThan(0);
  process.kill(host, 'SIGKILL');
  expect(await shows(page.getByRole('banner'), 'Connecting …')).toBe(true);
  expect(await shows(page.getByRole('banner'), 'Live')).toBe(true);
  await placeOrder();
  expect(await shows(newest(orders), 'completed')).toBe(true);
});

test('on a telephone nothing is wider than the screen', async () => {
  await page.setViewportSize({ width: 400, height: 800 });
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(400);
});

test('no script of the page failed', () => {
  expect(faults).toEqual([]);
});
