// The little XML the service speaks: elements and text; attributes are passed over, a document type is refused.
import { TableError } from './table-error.ts';

export interface XmlElement {
  readonly name: string;
  readonly children: readonly XmlElement[];
  /** What stands directly in it. */
  readonly text: string;
}

interface OpenElement {
  readonly name: string;
  readonly children: XmlElement[];
  text: string;
}

const PIECE = /<\?[^>]*\?>|<!--.*?-->|<(?<close>\/)?(?<name>[\w:.-]+)(?:\s[^<>]*?)?(?<empty>\/)?>|(?<text>[^<]+)/suy;
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** @throws {TableError} InvalidXmlDocument */
export function parseXml(document: string): XmlElement {
  const top: OpenElement = { name: '', children: [], text: '' };
  const open = [top];
  PIECE.lastIndex = 0;
  const source = document.replace(/^\uFEFF/, '').trim();
  while (PIECE.lastIndex < source.length) {
    const at = PIECE.lastIndex;
    const groups = PIECE.exec(source)?.groups;
    if (!groups) throw malformed(at);
    takePiece(open, groups, at);
  }
  const [root] = top.children;
  if (open.length > 1 || top.children.length !== 1 || root === undefined) throw malformed(source.length);
  return root;
}

function takePiece(open: OpenElement[], groups: Record<string, string | undefined>, at: number): void {
  const { close, name, empty, text } = groups;
  const parent = open.at(-1);
  if (!parent) throw malformed(at);
  if (text !== undefined) {
    parent.text += text.replace(/&(?:#(\d+)|(\w+));/g, (all, code, entity) =>
      code === undefined ? (ENTITIES[entity] ?? all) : String.fromCodePoint(Math.min(Number(code), 0x10ffff)),
    );
  } else if (close !== undefined) {
    if (open.pop()?.name !== name || open.length === 0) throw malformed(at);
  } else if (name !== undefined) {
    const element: OpenElement = { name, children: [], text: '' };
    parent.children.push(element);
    if (empty === undefined) open.push(element);
  }
}

export function childrenOf(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter((child) => child.name === name);
}

/** The text of its first child of that name. */
export function textOf(element: XmlElement, name: string): string | undefined {
  return childrenOf(element, name)[0]?.text.trim();
}

export function writeXml({ name, children, text }: XmlElement): string {
  const content = children.length > 0 ? children.map(writeXml).join('') : escapeXml(text);
  return `<${name}>${content}</${name}>`;
}

export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

function malformed(at: number): TableError {
  return new TableError('InvalidXmlDocument', `It is not well-formed at character ${at + 1}.`);
}
