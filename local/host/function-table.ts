// The table func prints when the app has loaded.
import { hasTrigger } from './binding-kinds.ts';
import type { LoadedFunction } from './function-app.ts';
import type { Route } from './http/route-table.ts';

/** HTTP functions with their addresses first, then the others with their trigger. */
export function functionTable(
  functions: readonly LoadedFunction[],
  routes: readonly Route[],
  disabled: readonly LoadedFunction[],
  origin: string,
): string {
  const lines = [`Millrace Functions host (Node.js ${process.version})`, '', 'Functions:', ''];
  for (const { fn, template, methods } of routes.toSorted((a, b) => a.fn.name.localeCompare(b.fn.name)))
    lines.push(`\t${fn.name}: [${methods.join(',')}] ${origin}/${template.text}`, '');
  for (const fn of functions.toSorted((a, b) => a.name.localeCompare(b.name)))
    if (!hasTrigger(fn, 'httpTrigger')) lines.push(`\t${fn.name}: ${fn.trigger.type}`, '');
  for (const fn of disabled) lines.push(`\t${fn.name}: ${fn.trigger.type} (disabled)`, '');
  return lines.join('\n');
}
