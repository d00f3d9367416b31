// Errors in JSON files, named by their line.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseJson, readJson } from '../../../local/topology/read-json.ts';

describe('a JSON file', () => {
  it.each([
    ['{\n "a": 1\n "b": 2\n}', "f is no JSON: line 3: Expected ',' or '}' after property value."],
    ['{\n "a": [1,]\n}', "f is no JSON: line 2: Unexpected token ']'."],
    ['{\n "a":\n tru\n}', 'f is no JSON: line 3: Unexpected token'],
    ['// words\n{}', "f is no JSON: line 1: Unexpected token '/'."],
    ['{\n "a":', 'f is no JSON: line 2: Unexpected end of JSON input.'],
    ['', 'f is no JSON: line 1: Unexpected end of JSON input.'],
  ])('%# is refused with the line of what is wrong', (text, message) => {
    expect(() => parseJson(text, 'f')).toThrow(message);
  });

  it('is refused on the line a stray character stands on, wherever that is', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { minLength: 1 }), fc.nat(), (values, at) => {
        const lines = JSON.stringify(values, null, 1).split('\n');
        const index = at % lines.length;
        lines[index] += '@';
        expect(() => parseJson(lines.join('\n'), 'f')).toThrow(`f is no JSON: line ${index + 1}: `);
      }),
    );
  });

  it('may begin with a byte order mark', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'read-json-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'Config.json'), '\uFEFF{}');
    expect(await readJson(join(folder, 'Config.json'))).toEqual({});
  });
});
