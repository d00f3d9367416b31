// Walks over the tokens of an SQL filter or action; every error says where it is.
import { BrokerError } from '../../errors.ts';
import { type Token, tokenize } from './tokens.ts';

const keywords = new Set('AND OR NOT IS NULL IN LIKE ESCAPE EXISTS TRUE FALSE SET REMOVE'.split(' '));
const int64Max = 2n ** 63n - 1n;

export class TokenReader {
  readonly #text: string;
  readonly #what: string;
  readonly #tokens: Token[];
  #position = 0;

  /** `what` says in errors what is read. */
  constructor(text: string, what: 'filter' | 'action') {
    this.#text = text;
    this.#what = what;
    this.#tokens = tokenize(text, what);
  }

  isAtEnd(): boolean {
    return this.#position >= this.#tokens.length;
  }

  /** The name of a function and its opening parenthesis. */
  takeCall(name: string): boolean {
    const next = this.#tokens[this.#position + 1];
    if (!this.isKeyword(name) || next?.kind !== 'symbol' || next.text !== '(') return false;
    this.#position += 2;
    return true;
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

  /** Without point and exponent it is an Int64, otherwise a Double. */
  takeNumber(): number | bigint | undefined {
    const text = this.#take('number');
    if (text === undefined) return undefined;
    if (!/^\d+$/.test(text)) return Number(text);
    const integer = BigInt(text);
    if (integer <= int64Max) return integer;
    throw new BrokerError('invalid-argument', `${text} is too large for an integer in the SQL ${this.#what}.`);
  }

  expectKeyword(keyword: string, wanted = keyword): void {
    if (!this.takeKeyword(keyword)) throw this.unexpected(wanted);
  }

  expectSymbol(symbol: string): void {
    if (this.takeSymbol(symbol) === undefined) throw this.unexpected(`'${symbol}'`);
  }

  expectName(): string {
    const token = this.#tokens[this.#position];
    const isReserved = token?.kind === 'word' && keywords.has(token.text.toUpperCase());
    const name = isReserved ? undefined : (this.#take('word') ?? this.#take('quoted-name'));
    if (name === undefined) throw this.unexpected('a property or a value');
    return name;
  }

  expectEnd(): void {
    if (!this.isAtEnd()) throw this.unexpected('the end');
  }

  unexpected(wanted: string): BrokerError {
    const token = this.#tokens[this.#position];
    const found = token ? `'${token.text}' at ${token.at}` : 'the end';
    return new BrokerError(
      'invalid-argument',
      `Expected ${wanted}, found ${found} in the SQL ${this.#what}: ${this.#text}`,
    );
  }

  #take(kind: Token['kind']): string | undefined {
    const token = this.#tokens[this.#position];
    if (token?.kind !== kind) return undefined;
    this.#position += 1;
    return token.text;
  }
}
