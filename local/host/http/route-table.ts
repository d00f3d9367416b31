// Which HTTP function answers a request: the most specific route that matches path and method.
import { textOption } from '../binding-options.ts';
import type { LoadedFunction } from '../function-app.ts';
import { parseRouteTemplate, splitPath, type RouteTemplate } from './route-template.ts';

export interface Route {
  readonly fn: LoadedFunction;
  readonly template: RouteTemplate;
  /** Upper case. */
  readonly methods: readonly string[];
}

export interface RouteMatch {
  readonly fn: LoadedFunction;
  readonly parameters: Readonly<Record<string, string>>;
}

/** The route of an HTTP function below the prefix; without a `route` it is the function's name. @throws Error of a bad template */
export function routeOf(fn: LoadedFunction, routePrefix: string): Route {
  const route = (textOption(fn.trigger, 'route') ?? fn.name).replace(/^\//, '');
  const methods = (fn.trigger['methods'] as readonly string[] | undefined) ?? [];
  return {
    fn,
    template: parseRouteTemplate([routePrefix, route].filter((part) => part !== '').join('/')),
    methods: methods.map((method) => method.toUpperCase()),
  };
}

/** Finds by method and raw path (without the query). A method no route takes is no match: Azure answers 404, not 405. */
export function createRouteTable(routes: readonly Route[]): (method: string, path: string) => RouteMatch | undefined {
  const ordered = routes.toSorted((a, b) => compare(a.template.precedence, b.template.precedence));
  return (method, path) => {
    const segments = splitPath(path);
    for (const { fn, template, methods } of ordered) {
      if (methods.length > 0 && !methods.includes(method)) continue;
      const parameters = template.match(segments);
      if (parameters) return { fn, parameters };
    }
    return undefined;
  };
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
