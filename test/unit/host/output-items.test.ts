import { describe, expect, it } from 'vitest';
import { outputItems } from '../../../local/host/output-items.ts';

const sent = (value: Parameters<typeof outputItems>[0]) =>
  outputItems(value).map(({ body, contentType }) => [body.toString(), contentType]);

describe('the value of an output binding', () => {
  it.each([
    [{ string: 'text' }, [['text', 'text/plain']]],
    [{ int: 7 }, [['7', 'text/plain']]],
    [{ json: '{"a":1}' }, [['{"a":1}', 'application/json']]],
    [
      { json: '[{"a":1},"two",3]' },
      [
        ['{"a":1}', 'application/json'],
        ['two', 'text/plain'],
        ['3', 'application/json'],
      ],
    ],
    [{ json: '[]' }, []],
    [{ bytes: Buffer.from('raw') }, [['raw', 'application/octet-stream']]],
  ])('%j is sent as %j', (value, messages) => {
    expect(sent(value)).toEqual(messages);
  });
});
