// The grammar of $filter: or < and < not < comparison. One side of a comparison is a property, the other a value.
import type { TableError } from '../table-error.ts';
import type { Filter, Operator } from './filter.ts';
import { filterError, type Token, tokenize } from './tokens.ts';

const MIRRORED: Readonly<Record<Operator, Operator>> = { eq: 'eq', ne: 'ne', gt: 'lt', ge: 'le', lt: 'gt', le: 'ge' };
const MAX_DEPTH = 100;
/** https://learn.microsoft.com/rest/api/storageservices/querying-tables-and-entities */
const MAX_COMPARISONS = 15;

/** @throws {TableError} InvalidInput, naming the place */
export function parseFilter(text: string): Filter {
  return new FilterParser(tokenize(text), text.length).parse();
}

type Operand = Exclude<Token, { kind: 'parenthesis' }>;

class FilterParser {
  readonly #tokens: readonly Token[];
  readonly #length: number;
  #next = 0;
  #depth = 0;
  #comparisons = 0;

  constructor(tokens: readonly Token[], length: number) {
    this.#tokens = tokens;
    this.#length = length;
  }

  parse(): Filter {
    const filter = this.#anyOf();
    if (this.#peek()) throw this.#error('something left over');
    return filter;
  }

  #anyOf(): Filter {
    return this.#joined('or', () => this.#joined('and', () => this.#unary()));
  }

  #joined(kind: 'and' | 'or', part: () => Filter): Filter {
    const first = part();
    const operands = [first];
    while (this.#takes(kind)) operands.push(part());
    return operands.length === 1 ? first : { kind, operands };
  }

  #unary(): Filter {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw this.#error(`more than ${MAX_DEPTH} levels`);
    const filter: Filter = this.#takes('not') ? { kind: 'not', operand: this.#unary() } : this.#primary();
    this.#depth -= 1;
    return filter;
  }

  #primary(): Filter {
    if (!this.#takes('(')) return this.#comparison();
    const filter = this.#anyOf();
    if (!this.#takes(')')) throw this.#error('no closing parenthesis');
    return filter;
  }

  #comparison(): Filter {
    this.#comparisons += 1;
    if (this.#comparisons > MAX_COMPARISONS) throw this.#error(`more than ${MAX_COMPARISONS} comparisons`);
    const left = this.#operand();
    const operator = this.#takeOperator();
    if (!operator) return truth(left);
    const right = this.#operand();
    if (left.kind === 'word' && right.kind === 'literal') {
      return { kind: 'compare', property: left.text, operator, literal: right.value };
    }
    if (left.kind === 'literal' && right.kind === 'word') {
      return { kind: 'compare', property: right.text, operator: MIRRORED[operator], literal: left.value };
    }
    throw filterError(left.at, 'a comparison that is not between a property and a value');
  }

  #operand(): Operand {
    const token = this.#peek();
    if (!token || token.kind === 'parenthesis') throw this.#error('no property or value');
    if (token.kind === 'word' && token.text === 'null') throw this.#error('null, which nothing can be compared with,');
    this.#next += 1;
    return token;
  }

  #takeOperator(): Operator | undefined {
    const token = this.#peek();
    if (token?.kind !== 'word' || !isOperator(token.text)) return undefined;
    this.#next += 1;
    return token.text;
  }

  #takes(text: string): boolean {
    const token = this.#peek();
    const isIt = token !== undefined && token.kind !== 'literal' && token.text === text;
    if (isIt) this.#next += 1;
    return isIt;
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#next];
  }

  #error(problem: string): TableError {
    return filterError(this.#peek()?.at ?? this.#length, problem);
  }
}

function isOperator(word: string): word is Operator {
  return Object.hasOwn(MIRRORED, word);
}

/** A boolean may stand alone. */
function truth(operand: Operand): Filter {
  if (operand.kind === 'word') {
    return { kind: 'compare', property: operand.text, operator: 'eq', literal: { type: 'Edm.Boolean', value: true } };
  }
  if (operand.value.type === 'Edm.Boolean') return { kind: 'constant', value: operand.value.value };
  throw filterError(operand.at, 'a value that is compared with nothing');
}
