// ASP.NET route templates as the Functions host reads them: literals, {name}, {name:constraint}, {name?}, {name=value},
// {*rest} and mixed segments like v{version}; literals ignore case.
import { parseConstraint, type Constraint } from './route-constraints.ts';

export interface RouteTemplate {
  readonly text: string;
  /** Orders templates that match the same path: the lesser goes first (ASP.NET's inbound precedence). */
  readonly precedence: string;
  /** The parameters (decoded), or undefined when the path is another's. Segments come still encoded. */
  match(segments: readonly string[]): Record<string, string> | undefined;
}

interface Parameter {
  readonly name: string;
  readonly constraints: readonly Constraint[];
  readonly catchAll: boolean;
  readonly optional: boolean;
  readonly byDefault: string | undefined;
}

type Part = { readonly literal: string } | Parameter;
type Segment = readonly Part[];

/** @throws Error that says what is wrong with the template */
export function parseRouteTemplate(text: string): RouteTemplate {
  const segments = splitTemplate(text).map((segment) => parseSegment(segment));
  checkEnds(text, segments);
  const patterns = segments.map(segmentPattern);
  return {
    text,
    precedence: segments.map(segmentPrecedence).join(''),
    match: (path) => matchSegments(segments, patterns, path),
  };
}

/** Path to still encoded segments; a slash at the end counts for nothing. */
export function splitPath(path: string): string[] {
  const trimmed = path.replace(/^\//, '').replace(/\/$/, '');
  return trimmed === '' ? [] : trimmed.split('/');
}

/** Splits at the slashes outside of braces; `{{` and `}}` are escapes of a regex constraint. */
function splitTemplate(text: string): string[] {
  const trimmed = text.replace(/^\/|\/$/g, '');
  if (trimmed === '') return [];
  const pieces = trimmed.match(/(?:\{(?:\{\{|\}\}|[^{}])*\}|[^/{}])+|\//g) ?? [];
  if (pieces.join('') !== trimmed) throw new Error(`Route "${text}" has a brace without its partner.`);
  return pieces.filter((piece) => piece !== '/');
}

function parseSegment(text: string): Segment {
  const parts = text.match(/\{(?:\{\{|\}\}|[^{}])*\}|[^{}]+/g) ?? [];
  return parts.map((part) => (part.startsWith('{') ? parseParameter(part.slice(1, -1)) : { literal: part }));
}

function parseParameter(text: string): Parameter {
  const match = /^(\*{0,2})([^:?=*]+)((?::(?:[^(:?=]+(?:\(.*?\))?(?=[:?=]|$)))*)(\?|=.*)?$/s.exec(text);
  if (!match) throw new Error(`Route parameter "{${text}}" cannot be read.`);
  const [, stars = '', name = '', constraints = '', ending = ''] = match;
  return {
    name,
    constraints: splitConstraints(constraints).map((each) => parseConstraint(unescapeBraces(each))),
    catchAll: stars !== '',
    optional: ending === '?' || stars !== '' || ending.startsWith('='),
    byDefault: ending.startsWith('=') ? ending.slice(1) : undefined,
  };
}

function splitConstraints(text: string): string[] {
  return (text.match(/:[^(:]+(?:\(.*?\)(?=:|$))?/gs) ?? []).map((each) => each.slice(1));
}

function unescapeBraces(text: string): string {
  return text.replaceAll('{{', '{').replaceAll('}}', '}');
}

function checkEnds(text: string, segments: readonly Segment[]): void {
  for (const [index, segment] of segments.entries()) {
    const loose = segment.find((part) => 'name' in part && part.optional);
    if (loose && segment.length > 1)
      throw new Error(`Route "${text}": an optional parameter must be a segment of its own.`);
    if (loose && 'catchAll' in loose && loose.catchAll && index < segments.length - 1)
      throw new Error(`Route "${text}": a catch-all parameter must come last.`);
  }
}

/** The greedy groups find the same split as ASP.NET, which matches a mixed segment from its right end. */
function segmentPattern(segment: Segment): RegExp {
  const source = segment.map((part) => ('literal' in part ? escapeRegExp(part.literal) : '(.+)')).join('');
  return new RegExp(`^${source}$`, 'is');
}

function segmentPrecedence(segment: Segment): string {
  const [part] = segment;
  if (!part || 'literal' in part) return segment.length > 1 ? '2' : '1';
  if (segment.length > 1) return '2';
  if (part.catchAll) return part.constraints.length > 0 ? '4' : '5';
  return part.constraints.length > 0 ? '2' : '3';
}

function matchSegments(
  segments: readonly Segment[],
  patterns: readonly RegExp[],
  path: readonly string[],
): Record<string, string> | undefined {
  const parameters: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const [only] = segment;
    const rest = only && 'name' in only && only.catchAll ? path.slice(index).join('/') : undefined;
    const text = rest ?? path[index];
    if (!text) {
      if (!only || !('name' in only) || !only.optional) return undefined;
      if (only.byDefault !== undefined) parameters[only.name] = only.byDefault;
    } else if (!takeSegment(segment, patterns[index], text, parameters)) return undefined;
    if (rest !== undefined) return parameters;
  }
  return path.length > segments.length ? undefined : parameters;
}

function takeSegment(
  segment: Segment,
  pattern: RegExp | undefined,
  text: string,
  into: Record<string, string>,
): boolean {
  const groups = pattern?.exec(decodeSegment(text));
  if (!groups) return false;
  const parameters = segment.filter((part) => 'name' in part);
  for (const [index, { name, constraints }] of parameters.entries()) {
    const value = groups[index + 1] ?? '';
    if (!constraints.every((accepts) => accepts(value))) return false;
    into[name] = value;
  }
  return true;
}

/** A slash stays encoded, as it does in ASP.NET's paths. @throws URIError */
function decodeSegment(text: string): string {
  return decodeURIComponent(text.replace(/%2f/gi, '%252F'));
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
