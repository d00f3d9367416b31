// Reads Bicep as a syntax tree and lifts out what the consistency tests ask about. npm has a grammar, not the compiler: types
// and expressions are not evaluated here.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Language, type Node, Parser } from 'web-tree-sitter';

/** An expression: its source text, and what is in it when it is an object. */
export interface BicepValue {
  readonly text: string;
  readonly properties: ReadonlyMap<string, BicepValue>;
}

export interface BicepDeclaration {
  readonly name: string;
  /** Names of its decorators: description, secure, … */
  readonly decorators: readonly string[];
  /** Source text of the default or value, if there is one. */
  readonly value: string | undefined;
}

/** A resource or a module; the type of a nested resource is spelt out in full. */
export interface BicepBlock {
  readonly name: string;
  /** `Microsoft.Web/sites@2025-03-01`, or a module's path. */
  readonly type: string;
  readonly existing: boolean;
  /** What its loop runs over, if it is a loop. */
  readonly loopsOver: string | undefined;
  readonly body: BicepValue;
}

export interface BicepFile {
  readonly path: string;
  /** `file:line: text` of every place that does not parse. */
  readonly syntaxErrors: readonly string[];
  readonly parameters: readonly BicepDeclaration[];
  readonly outputs: readonly BicepDeclaration[];
  readonly variables: ReadonlyMap<string, string>;
  readonly resources: readonly BicepBlock[];
  readonly modules: readonly BicepBlock[];
  /** The constant parts of every string outside decorators. */
  readonly texts: readonly string[];
}

const OBJECT_HOLDERS = new Set(['for_statement', 'if_statement', 'parenthesized_expression']);

async function loadParser(): Promise<Parser> {
  await Parser.init();
  const grammar = fileURLToPath(import.meta.resolve('tree-sitter-bicep/tree-sitter-bicep.wasm'));
  return new Parser().setLanguage(await Language.load(grammar));
}

/** Every `.bicep` file below `folder`. */
export async function readBicepFolder(folder: string): Promise<readonly BicepFile[]> {
  const parser = await loadParser();
  const names = await readdir(folder, { recursive: true });
  const paths = names.filter((name) => name.endsWith('.bicep')).map((name) => join(folder, name));
  return Promise.all(paths.map(async (path) => parseBicep(parser, path, await readFile(path, 'utf8'))));
}

function parseBicep(parser: Parser, path: string, source: string): BicepFile {
  const root = parser.parse(source)?.rootNode;
  if (!root) throw new Error(`${path} could not be parsed at all`);
  return {
    path,
    syntaxErrors: syntaxErrors(root).map((node) => `${path}:${node.startPosition.row + 1}: ${firstLine(node.text)}`),
    parameters: declarations(root, 'parameter_declaration'),
    outputs: declarations(root, 'output_declaration'),
    variables: new Map(declarations(root, 'variable_declaration').map(({ name, value }) => [name, value ?? ''])),
    resources: blocks(root, 'resource_declaration', ''),
    modules: blocks(root, 'module_declaration', ''),
    texts: children(root)
      .filter((node) => node.type !== 'decorators')
      .flatMap((node) => node.descendantsOfType('string_content').map((content) => content?.text ?? '')),
  };
}

const children = (node: Node): Node[] => node.namedChildren.filter((child) => child !== null);

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

function syntaxErrors(node: Node): Node[] {
  if (!node.hasError) return [];
  if (node.isError || node.isMissing) return [node];
  return node.children.filter((child) => child !== null).flatMap(syntaxErrors);
}

function declarations(root: Node, type: string): BicepDeclaration[] {
  return children(root)
    .filter((node) => node.type === type)
    .map((node) => ({
      name: nameOf(node),
      decorators: decoratorsBefore(node),
      value: /=\s*([^]*)$/.exec(node.text)?.[1],
    }));
}

function decoratorsBefore(node: Node): string[] {
  const before = node.previousNamedSibling;
  if (before?.type !== 'decorators') return [];
  return before.descendantsOfType('decorator').map((decorator) => /\w+/.exec(decorator?.text ?? '')?.[0] ?? '');
}

/** Resources declared directly in `parent` and, below them, their nested ones. */
function blocks(parent: Node, type: string, outerType: string): BicepBlock[] {
  const direct = children(parent).flatMap((node) => (node.type === 'object_property' ? children(node) : [node]));
  return direct
    .filter((node) => node.type === type)
    .flatMap((node) => {
      const block = blockOf(node, outerType);
      const object = objectIn(node);
      return object ? [block, ...blocks(object, type, block.type)] : [block];
    });
}

function blockOf(node: Node, outerType: string): BicepBlock {
  const ownType = textOf(children(node).find((child) => child.type === 'string'));
  const loop = children(node).find((child) => child.type === 'for_statement');
  return {
    name: nameOf(node),
    type: outerType === '' ? ownType : nestedType(outerType, ownType),
    existing: /\bexisting\b/.test(firstLine(node.text)),
    loopsOver: loop && /\bin\s+([^:]+):/.exec(firstLine(loop.text))?.[1],
    body: valueOf(objectIn(node) ?? node),
  };
}

function nestedType(outerType: string, ownType: string): string {
  const [outer, version] = outerType.split('@');
  return `${outer}/${ownType}@${version}`;
}

function objectIn(node: Node): Node | undefined {
  for (const child of children(node)) {
    if (child.type === 'object') return child;
    if (OBJECT_HOLDERS.has(child.type)) return objectIn(child);
  }
  return undefined;
}

function valueOf(node: Node): BicepValue {
  const entries = node.type === 'object' ? children(node).filter((child) => child.type === 'object_property') : [];
  const properties = entries.flatMap((entry): [string, BicepValue][] => {
    const [key, value] = children(entry);
    return key && value && key.type !== 'resource_declaration' ? [[textOf(key), valueOf(value)]] : [];
  });
  return { text: node.text, properties: new Map(properties) };
}

const nameOf = (node: Node): string => textOf(children(node).find((child) => child.type === 'identifier'));

const textOf = (node: Node | undefined): string => node?.text.replaceAll(/^'|'$/g, '') ?? '';
