import { describe, expect, it } from 'vitest';
import type { LoadedFunction } from '../../../local/host/function-app.ts';
import { createRouteTable, routeOf } from '../../../local/host/http/route-table.ts';

function httpFunction(name: string, route?: string, methods = ['GET']): LoadedFunction {
  const binding = { name: 'httpTrigger1', type: 'httpTrigger', direction: 'in' as const, methods };
  const trigger = { ...binding, key: 'httpTrigger1', ...(route !== undefined && { route }) };
  return { name, bindings: { httpTrigger1: binding }, trigger, callback: () => undefined };
}

const table = createRouteTable(
  [
    httpFunction('rest', 'orders/{*rest}'),
    httpFunction('any', 'orders/{orderId}'),
    httpFunction('numbered', 'orders/{orderId:int}'),
    httpFunction('latest', 'orders/latest'),
    httpFunction('mixed', 'orders/o-{number}'),
    httpFunction('place', 'orders', ['post']),
    httpFunction('list', 'orders'),
    httpFunction('Named'),
  ].map((fn) => routeOf(fn, 'api')),
);
const nameOf = (method: string, path: string) => table(method, path)?.fn.name;

describe('route table', () => {
  it.each([
    ['/api/orders/latest', 'latest'],
    ['/api/orders/7', 'numbered'],
    ['/api/orders/o-7', 'mixed'],
    ['/api/orders/abc', 'any'],
    ['/api/orders/abc/events', 'rest'],
    ['/api/orders', 'list'],
    ['/api/named', 'Named'],
  ])('prefers the most specific route for %s', (path, name) => {
    expect(nameOf('GET', path)).toBe(name);
  });

  it('takes the method into account', () => {
    expect(nameOf('POST', '/api/orders')).toBe('place');
  });

  it('finds nothing for a method no route takes', () => {
    expect(nameOf('DELETE', '/api/orders')).toBeUndefined();
  });

  it('finds nothing outside of the prefix', () => {
    expect(nameOf('GET', '/orders/latest')).toBeUndefined();
  });

  it('serves from the root when the prefix is empty', () => {
    const bare = createRouteTable([routeOf(httpFunction('hello'), '')]);
    expect(bare('GET', '/hello')?.fn.name).toBe('hello');
  });
});
