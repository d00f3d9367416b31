import { describe, expect, it } from 'vitest';
import { expanderOf } from '../../../local/host/binding-expressions.ts';
import type { InvocationInput } from '../../../local/host/function-app.ts';

const trigger = { key: 't', name: 't', type: 'queueTrigger', direction: 'in' } as const;
const fn = { name: 'copy', bindings: { t: trigger }, trigger, callback: () => undefined };

const expand = (
  text: string,
  input: Pick<InvocationInput, 'data' | 'triggerMetadata'> = { data: { string: '' } },
  environment = {},
): string => expanderOf({ fn, reason: '', ...input }, environment)(text);

describe('binding expressions', () => {
  it.each([
    ['of metadata', '{name}.txt', 'a b.txt'],
    ['in any case', '{NAME}', 'a b'],
    ["of the body's JSON", 'x/{file}', 'x/f.txt'],
    ['deep in it', '{place.City}', 'Rome'],
    ['that are objects', '{place}', '{"city":"Rome","zip":7}'],
    ['that are numbers', '{place.zip}', '7'],
    ['of the function', '{sys.methodname}', 'copy'],
    ['between plain braces', '{{{name}}}', '{a b}'],
    ['of settings, with expressions in them', '%PATH_OF%/x', 'to/f.txt/x'],
  ])('stand for values %s', (_, text, result) => {
    const data = { string: '{"file":"f.txt","name":"of the body","place":{"city":"Rome","zip":7}}' };
    const triggerMetadata = { Name: { string: 'a b' } };
    expect(expand(text, { data, triggerMetadata }, { PATH_OF: 'to/{file}' })).toBe(result);
  });

  it.each([
    ['a body in bytes', { bytes: Buffer.from('{"id":1}') }],
    ['a body as JSON', { json: '{"id":1}' }],
    ['the body of a request', { http: { body: { bytes: Buffer.from('{"id":1}') } } }],
    ['the parameters of a route', { http: { nullableParams: { id: { value: '1' } } } }],
  ])('find %s', (_, data) => {
    expect(expand('{id}', { data })).toBe('1');
  });

  it('find the query and the headers of a request', () => {
    const http = { url: 'http://host/api/x?page=2', nullableHeaders: { 'user-agent': { value: 'test' } } };
    expect(expand('{Query.page} {headers.user-agent}', { data: { http } })).toBe('2 test');
  });

  it('make guids, another each time', () => {
    const [one = '', another] = expand('{rand-guid}/{rand-guid}').split('/');
    expect(one).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
    expect(one).not.toBe(another);
    expect(expand('{rand-guid:N}')).toMatch(/^[\da-f]{32}$/);
    expect(expand('{sys.randguid:B}')).toMatch(/^\{[\da-f-]{36}\}$/);
  });

  it('tell the time', () => {
    expect(expand('{DateTime}')).toMatch(/^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ$/);
    expect(expand('{sys.utcnow:yyyy}')).toMatch(/^\d{4}$/);
  });

  it('that stand for nothing are an error that names them', () => {
    expect(() => expand('{nothing.here}')).toThrow("Unable to resolve '{nothing.here}' in a binding of 'copy'");
    expect(() => expand('{a}', { data: { string: '{"a":null}' } })).toThrow("'{a}'");
    expect(() => expand('%UNSET%')).toThrow("The setting 'UNSET' is needed");
  });
});
