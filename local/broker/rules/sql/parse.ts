// Parses SQL filters and actions by recursive descent, from the loosest operator to the tightest:
// OR, AND, NOT, comparison | IS NULL | IN | LIKE, + -, * / %, sign, operand.
import { BrokerError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Arithmetic, Comparison, Expression, PropertyName, Statement } from './expression.ts';
import { TokenReader } from './token-reader.ts';

const comparisons: Readonly<Record<string, Comparison>> = {
  '=': '=',
  '<>': '<>',
  '!=': '<>',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};

/** @throws BrokerError invalid-argument, saying where and what was expected */
export function parseSqlFilter(text: string): Expression {
  refuseLong(text, 'filter');
  const reader = new TokenReader(text, 'filter');
  const expression = parseOr(reader);
  reader.expectEnd();
  return expression;
}

/** `SET property = expression` and `REMOVE property`, parted by commas or semicolons. @throws BrokerError invalid-argument */
export function parseSqlAction(text: string): Statement[] {
  refuseLong(text, 'action');
  const reader = new TokenReader(text, 'action');
  const statements: Statement[] = [];
  do statements.push(parseStatement(reader));
  while (!reader.isAtEnd());
  if (statements.length > limits.maxStatementsPerAction)
    throw new BrokerError('invalid-argument', `An SQL action has at most ${limits.maxStatementsPerAction} statements.`);
  return statements;
}

function refuseLong(text: string, what: string): void {
  if (text.length > limits.maxSqlExpressionLength)
    throw new BrokerError(
      'invalid-argument',
      `An SQL ${what} has at most ${limits.maxSqlExpressionLength} characters, not ${text.length}.`,
    );
}

function parseStatement(reader: TokenReader): Statement {
  const isRemoval = reader.takeKeyword('REMOVE');
  if (!isRemoval) reader.expectKeyword('SET', 'SET or REMOVE');
  const property = parseProperty(reader);
  if (isRemoval) return ended(reader, { kind: 'remove', property });
  reader.expectSymbol('=');
  return ended(reader, { kind: 'set', property, value: parseSum(reader) });
}

function ended(reader: TokenReader, statement: Statement): Statement {
  reader.takeSymbol(';', ',');
  return statement;
}

function parseOr(reader: TokenReader): Expression {
  let left = parseAnd(reader);
  while (reader.takeKeyword('OR')) left = { kind: 'or', left, right: parseAnd(reader) };
  return left;
}

function parseAnd(reader: TokenReader): Expression {
  let left = parseNot(reader);
  while (reader.takeKeyword('AND')) left = { kind: 'and', left, right: parseNot(reader) };
  return left;
}

function parseNot(reader: TokenReader): Expression {
  if (reader.takeKeyword('NOT')) return { kind: 'not', operand: parseNot(reader) };
  return parsePredicate(reader);
}

function parsePredicate(reader: TokenReader): Expression {
  if (reader.takeKeyword('EXISTS')) {
    reader.expectSymbol('(');
    const property = parseProperty(reader);
    reader.expectSymbol(')');
    return { kind: 'exists', property };
  }
  const left = parseSum(reader);
  const symbol = reader.takeSymbol(...Object.keys(comparisons));
  const operator = symbol === undefined ? undefined : comparisons[symbol];
  if (operator) return { kind: 'comparison', operator, left, right: parseSum(reader) };
  if (reader.takeKeyword('IS')) return parseIsNull(reader, left);
  if (reader.takeKeyword('NOT')) return { kind: 'not', operand: parseMembership(reader, left) };
  if (reader.isKeyword('IN') || reader.isKeyword('LIKE')) return parseMembership(reader, left);
  return left;
}

function parseIsNull(reader: TokenReader, left: Expression): Expression {
  if (left.kind !== 'property') throw reader.unexpected('a property before IS NULL');
  const isNegated = reader.takeKeyword('NOT');
  reader.expectKeyword('NULL');
  const test: Expression = { kind: 'is-null', property: left };
  return isNegated ? { kind: 'not', operand: test } : test;
}

function parseMembership(reader: TokenReader, operand: Expression): Expression {
  if (reader.takeKeyword('LIKE')) {
    const pattern = parseSum(reader);
    if (!reader.takeKeyword('ESCAPE')) return { kind: 'like', operand, pattern, escape: undefined };
    return { kind: 'like', operand, pattern, escape: parseEscape(reader) };
  }
  reader.expectKeyword('IN');
  reader.expectSymbol('(');
  const choices = [parseSum(reader)];
  while (reader.takeSymbol(',')) choices.push(parseSum(reader));
  reader.expectSymbol(')');
  return { kind: 'in', operand, choices };
}

function parseEscape(reader: TokenReader): Expression {
  const escape = parseSum(reader);
  if (escape.kind === 'literal' && (typeof escape.value !== 'string' || escape.value.length !== 1))
    throw reader.unexpected('a single character after ESCAPE');
  return escape;
}

function parseSum(reader: TokenReader): Expression {
  let left = parseProduct(reader);
  for (let operator = reader.takeSymbol('+', '-'); operator; operator = reader.takeSymbol('+', '-'))
    left = { kind: 'arithmetic', operator: operator as Arithmetic, left, right: parseProduct(reader) };
  return left;
}

function parseProduct(reader: TokenReader): Expression {
  let left = parseSigned(reader);
  for (let operator = reader.takeSymbol('*', '/', '%'); operator; operator = reader.takeSymbol('*', '/', '%'))
    left = { kind: 'arithmetic', operator: operator as Arithmetic, left, right: parseSigned(reader) };
  return left;
}

function parseSigned(reader: TokenReader): Expression {
  if (reader.takeSymbol('-')) return { kind: 'negative', operand: parseSigned(reader) };
  if (reader.takeSymbol('+')) return parseSigned(reader);
  return parseOperand(reader);
}

function parseOperand(reader: TokenReader): Expression {
  if (reader.takeSymbol('(')) {
    const inner = parseOr(reader);
    reader.expectSymbol(')');
    return inner;
  }
  const text = reader.takeString();
  if (text !== undefined) return { kind: 'literal', value: text };
  const number = reader.takeNumber();
  if (number !== undefined) return { kind: 'literal', value: number };
  if (reader.takeKeyword('TRUE')) return { kind: 'literal', value: true };
  if (reader.takeKeyword('FALSE')) return { kind: 'literal', value: false };
  if (reader.takeKeyword('NULL')) return { kind: 'literal', value: null };
  return parseCall(reader) ?? parseProperty(reader);
}

/** Undefined when there is none: a property may have a function's name. */
function parseCall(reader: TokenReader): Expression | undefined {
  if (reader.takeCall('NEWID')) {
    reader.expectSymbol(')');
    return { kind: 'new-id' };
  }
  if (!reader.takeCall('PROPERTY') && !reader.takeCall('P')) return undefined;
  const name = parseSum(reader);
  reader.expectSymbol(')');
  return { kind: 'property-named', name };
}

/** `name`, `user.name`, `sys.name`; a dot behind another word is not a scope but an error. */
function parseProperty(reader: TokenReader): PropertyName {
  const first = reader.expectName();
  if (!reader.takeSymbol('.')) return { kind: 'property', scope: 'user', name: first };
  const scope = first.toLowerCase();
  if (scope !== 'user' && scope !== 'sys') throw reader.unexpected('the scope sys or user before the dot');
  return { kind: 'property', scope, name: reader.expectName() };
}
