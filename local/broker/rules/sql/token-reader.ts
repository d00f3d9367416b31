// Walks over the tokens of an SQL filter; every error says where it is.
import { BrokerError } from '../../errors.ts';
import { type Token, tokenize } from './tokens.ts';

const keywords = new Set(['AND', 'OR', 'NOT', 'IS', 'NULL', 'IN', 'LIKE', 'ESCAPE', 'EXISTS', 'TRUE', 'FALSE']);

export class TokenReader {
  readonly #text: string;
  readonly #tokens: Token[];
  #position = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenize(text);
  }

  isKeyword(keyword: string): boolean {
    const token = this.#tokens[this.#position];
    return token?.kind === 'word' && token.text.toUpperCase() === keyword;
  }

  takeKeyword(keyword: string): boolean {
    if (!this.isKeyword(keyword)) return false;
    this.#position += 1;
    return true;
  }

  takeSymbol(...symbols: string[]): string | undefined {
    const token = this.#tokens[this.#position];
    return token?.kind === 'symbol' && symbols.includes(token.text) ? this.#take('symbol') : undefined;
  }

  takeString(): string | undefined {
    return this.#take('string');
  }

  takeNumber(): number | undefined {
    const text = this.#take('number');
    return text === undefined ? undefined : Number(text);
  }

  expectKeyword(keyword: string): void {
    if (!this.takeKeyword(keyword)) throw this.unexpected(keyword);
  }

  expectSymbol(symbol: string): void {
    if (this.takeSymbol(symbol) === undefined) throw this.unexpected(`'${symbol}'`);
  }

  expectString(): string {
    const text = this.takeString();
    if (text === undefined) throw this.unexpected('a string');
    return text;
  }

  expectName(): string {
    const token = this.#tokens[this.#position];
    const isReserved = token?.kind === 'word' && keywords.has(token.text.toUpperCase());
    const name = isReserved ? undefined : (this.#take('word') ?? this.#take('quoted-name'));
    if (name === undefined) throw this.unexpected('a property or a value');
    return name;
  }

  expectEnd(): void {
    if (this.#position < this.#tokens.length) throw this.unexpected('the end');
  }

  unexpected(wanted: string): BrokerError {
    const token = this.#tokens[this.#position];
    const found = token ? `'${token.text}' at ${token.at}` : 'the end';
    return new BrokerError('invalid-argument', `Expected ${wanted}, found ${found} in the SQL filter: ${this.#text}`);
  }

  #take(kind: Token['kind']): string | undefined {
    const token = this.#tokens[this.#position];
    if (token?.kind !== kind) return undefined;
    this.#position += 1;
    return token.text;
  }
}
