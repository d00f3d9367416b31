// The one form of every mail: what it says comes in as plain data and goes out twice, as text and as HTML. Whatever stands in it
// may be a stranger's: it is escaped, and kept to its line.

export interface Table {
  readonly head: readonly string[];
  /** Each as long as the head. A column of numbers or amounts is set to the right. */
  readonly rows: readonly (readonly string[])[];
  /** A last row that stands out. */
  readonly total?: readonly string[];
}

/** A paragraph, a list, pairs of a name and a value, or a table. */
export type Block =
  | string
  | { readonly list: readonly string[] }
  | { readonly facts: Readonly<Record<string, string>> }
  | { readonly table: Table };

export interface RenderedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** The subject is the headline too. */
export function renderMail(subject: string, blocks: readonly Block[]): RenderedMail {
  return {
    subject: oneLine(subject).slice(0, mostOfSubject),
    text: `${blocks.map(toText).join('\n\n')}\n`,
    html: page(inline(subject), blocks.map(toHtml).join('\n')),
  };
}

/** Of a longer one, mail programs show no more. */
const mostOfSubject = 200;

/** A line break in a name must not begin a paragraph of its own, nor a header. */
const oneLine = (text: string): string => text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();

function toText(block: Block): string {
  if (typeof block === 'string') return oneLine(block);
  if ('list' in block) return block.list.map((item) => `- ${oneLine(item)}`).join('\n');
  if ('facts' in block) return Object.entries(block.facts).map(toTextFact).join('\n');
  return columns(block.table);
}

const toTextFact = ([name, value]: [string, string]): string => `${oneLine(name)}: ${oneLine(value)}`;

/** Of each column, whether it holds nothing but numbers and amounts. */
const areNumbers = ({ head, rows, total = [] }: Table): readonly boolean[] =>
  head.map((_, column) => rows.length > 0 && [...rows, total].every((row) => isNumber(row[column])));

const isNumber = (cell = '0'): boolean => /^[\d.,]+( [A-Z]{3})?$/.test(cell);

/** Columns as wide as their widest cell, which a mail in a fixed font shows in line. */
function columns(table: Table): string {
  const toRight = areNumbers(table);
  const lines = [table.head, ...table.rows, ...(table.total === undefined ? [] : [table.total])].map((row) =>
    row.map(oneLine),
  );
  const widths = table.head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const pad = (cell: string, column: number): string =>
    toRight[column] === true ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0);
  return lines.map((line) => line.map(pad).join('  ').trimEnd()).join('\n');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, (sign) => entities[sign] ?? sign);

const inline = (text: string): string => escapeHtml(oneLine(text));

function toHtml(block: Block): string {
  if (typeof block === 'string') return `<p style="margin:0 0 16px">${inline(block)}</p>`;
  if ('list' in block) {
    const items = block.list.map((item) => `<li style="margin:0 0 4px">${inline(item)}</li>`);
    return `<ul style="margin:0 0 16px;padding-left:20px">${items.join('')}</ul>`;
  }
  if ('facts' in block) return htmlTable(Object.entries(block.facts).map(([name, value]) => factRow(name, value)));
  const { head, rows, total } = block.table;
  const toRight = areNumbers(block.table);
  return htmlTable([
    htmlRow(head, 'th', 'font-weight:600;color:#5b6470;border-bottom:1px solid #d8dde3', toRight),
    ...rows.map((row) => htmlRow(row, 'td', 'border-bottom:1px solid #eef1f4', toRight)),
    ...(total === undefined ? [] : [htmlRow(total, 'td', 'font-weight:600', toRight)]),
  ]);
}

const htmlTable = (rows: readonly string[]): string =>
  `<table style="width:100%;border-collapse:collapse;margin:0 0 16px">${rows.join('')}</table>`;

const cellStyle = 'padding:6px 12px 6px 0;vertical-align:top';

const factRow = (name: string, value: string): string =>
  `<tr><td style="${cellStyle};color:#5b6470;width:30%">${inline(name)}</td><td style="${cellStyle}">${inline(value)}</td></tr>`;

function htmlRow(cells: readonly string[], tag: 'th' | 'td', style: string, toRight: readonly boolean[]): string {
  const set = cells.map((cell, column) => {
    const align = toRight[column] === true ? 'right' : 'left';
    return `<${tag} style="${cellStyle};${style};text-align:${align}">${inline(cell)}</${tag}>`;
  });
  return `<tr>${set.join('')}</tr>`;
}

/** Styles stand at the elements: many mail programs drop a style sheet. */
const page = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title></head>
<body style="margin:0;padding:24px 12px;background:#f4f6f8">
<div style="max-width:560px;margin:0 auto;padding:28px 32px 16px;background:#ffffff;border-radius:8px;color:#1c2530;font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif">
<h1 style="margin:0 0 20px;font-size:20px;line-height:1.3">${title}</h1>
${body}
</div>
</body>
</html>
`;
