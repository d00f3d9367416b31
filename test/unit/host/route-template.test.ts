import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { parseRouteTemplate, splitPath } from '../../../local/host/http/route-template.ts';

const match = (template: string, path: string) => parseRouteTemplate(template).match(splitPath(path));

describe('route template', () => {
  it.each([
    ['orders', '/orders', {}],
    ['orders', '/ORDERS/', {}],
    ['orders/{orderId}', '/orders/a-1', { orderId: 'a-1' }],
    ['v{version}/orders', '/v1/orders', { version: '1' }],
    ['files/{name}.{extension}', '/files/a.tar.gz', { name: 'a.tar', extension: 'gz' }],
    ['orders/{orderId?}', '/orders', {}],
    ['orders/{orderId?}', '/orders/7', { orderId: '7' }],
    ['orders/{page=1}', '/orders', { page: '1' }],
    ['orders/{page=1}', '/orders/3', { page: '3' }],
    ['orders/{orderId:int?}', '/orders/7', { orderId: '7' }],
    ['videos/{*rest}', '/videos/a/b/c', { rest: 'a/b/c' }],
    ['videos/{*rest}', '/videos', {}],
    ['items/{name}', '/items/a%20b', { name: 'a b' }],
    ['items/{name}', '/items/a%2Fb', { name: 'a%2Fb' }],
    [String.raw`ssn/{number:regex(^\d{{3}}-\d{{2}}$)}`, '/ssn/123-45', { number: '123-45' }],
    ['', '/', {}],
  ])('%s takes %s', (template, path, parameters) => {
    expect(match(template, path)).toEqual(parameters);
  });

  it.each([
    ['orders', '/order'],
    ['orders', '/orders/1'],
    ['orders/{orderId}', '/orders'],
    ['orders/{orderId}', '/orders//'],
    ['orders/{orderId:int}', '/orders/x'],
    ['v{version}/orders', '/v/orders'],
    [String.raw`ssn/{number:regex(^\d{{3}}$)}`, '/ssn/1234'],
  ])('%s leaves %s to others', (template, path) => {
    expect(match(template, path)).toBeUndefined();
  });

  it.each(['orders/{', 'orders/}', 'orders/{id}}', '{*rest}/more', 'v{version?}/x', 'x/{id:unheardOf}', 'x/{}'])(
    'refuses %s',
    (template) => {
      expect(() => parseRouteTemplate(template)).toThrow(/oute/);
    },
  );

  it('gives back whatever segment a parameter took', () => {
    const template = parseRouteTemplate('items/{name}');
    const text = fc.string({ minLength: 1, unit: 'grapheme' }).filter((value) => !/%2f|[/.]/i.test(value));
    fc.assert(
      fc.property(text, (name) => {
        expect(template.match(['items', encodeURIComponent(name)])).toEqual({ name });
      }),
    );
  });
});
