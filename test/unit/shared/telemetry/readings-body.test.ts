import { expect, test } from 'vitest';
import { judgeReadings, mostReadings } from '../../../../shared/telemetry/readings-body.ts';

const now = Date.UTC(2030, 0, 1, 12);
const reading = (n: number) => ({ deviceId: 'd', timestamp: new Date(now - n).toISOString(), values: { t: n } });
const judge = (body: unknown) =>
  judgeReadings(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), now);

test('a JSON array and NDJSON of the same readings are the same', () => {
  const readings = [reading(1), reading(2), reading(3)];
  const lines = `${readings.map((each) => JSON.stringify(each)).join('\r\n')}\n\n`;
  expect(judge(readings)).toEqual({ accepted: readings, rejected: [] });
  expect(judge(lines)).toEqual(judge(readings));
});

test('each reading is judged by itself, and a rejected one says where and why', () => {
  const future = { ...reading(0), timestamp: '2031-01-01T00:00:00Z' };
  const { accepted, rejected } = judge([reading(1), { deviceId: 'd' }, future, reading(2)]);
  expect(accepted).toEqual([reading(1), reading(2)]);
  expect(rejected).toMatchObject([
    { index: 1, code: 'invalid-reading', detail: expect.stringContaining('/timestamp') },
    { index: 2, code: 'reading-from-the-future' },
  ]);
});

test('a line that is no JSON costs that line only', () => {
  const { accepted, rejected } = judge(`${JSON.stringify(reading(1))}\n{"deviceId":\n${JSON.stringify(reading(2))}`);
  expect(accepted).toHaveLength(2);
  expect(rejected).toMatchObject([{ index: 1, code: 'invalid-reading' }]);
});

test('one object over several lines is one reading', () => {
  expect(judge(JSON.stringify(reading(1), undefined, 2)).accepted).toEqual([reading(1)]);
});

test('an empty array is no reading', () => {
  expect(judge([])).toEqual({ accepted: [], rejected: [] });
});

test.each([[''], ['null'], ['"text"'], ['[1,'], ['{broken'], ['temperature=21'], ['{a}\n{b}']])(
  'the body %o is neither form',
  (body) => {
    expect(() => judge(body)).toThrow(expect.objectContaining({ code: 'invalid-json' }));
  },
);

test('a body that is not UTF-8 is neither form', () => {
  expect(() => judgeReadings(Buffer.from([0x5b, 0xff, 0x5d]), now)).toThrow(
    expect.objectContaining({ code: 'invalid-json' }),
  );
});

test('one reading more than a request may have is too much', () => {
  const most = Array.from({ length: mostReadings }, (_, n) => reading(n));
  expect(judge(most).accepted).toHaveLength(mostReadings);
  expect(() => judge([...most, reading(0)])).toThrow(expect.objectContaining({ code: 'payload-too-large' }));
});
