// Evaluates an SQL expression for a message, in three-valued logic: what is missing or of unequal types is unknown (null),
// and only true matches.
import { RuleError, type RuleSubject } from '../rule-fields.ts';
import type { Expression, SqlValue } from './expression.ts';
import { isLike } from './like.ts';
import { hasProperty, propertyValue } from './properties.ts';
import { calculate, compare, negate } from './values.ts';

/** @throws RuleError */
export function evaluate(expression: Expression, subject: RuleSubject): SqlValue {
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'property':
      return propertyValue(expression, subject.fields());
    case 'property-named':
      return namedProperty(evaluate(expression.name, subject), subject);
    case 'new-id':
      return subject.newId();
    case 'negative':
      return negate(evaluate(expression.operand, subject));
    case 'arithmetic':
      return calculate(expression.operator, evaluate(expression.left, subject), evaluate(expression.right, subject));
    case 'comparison':
      return compare(expression.operator, evaluate(expression.left, subject), evaluate(expression.right, subject));
    case 'and':
      return and(truth(expression.left, subject), () => truth(expression.right, subject));
    case 'or':
      return not(and(not(truth(expression.left, subject)), () => not(truth(expression.right, subject))));
    case 'not':
      return not(truth(expression.operand, subject));
    case 'is-null':
      return propertyValue(expression.property, subject.fields()) === null;
    case 'exists':
      return hasProperty(expression.property, subject.fields());
    case 'in':
      return isIn(evaluate(expression.operand, subject), expression.choices, subject);
    case 'like':
      return like(expression, subject);
  }
}

function truth(expression: Expression, subject: RuleSubject): boolean | null {
  const value = evaluate(expression, subject);
  return typeof value === 'boolean' ? value : null;
}

function not(value: boolean | null): boolean | null {
  return value === null ? null : !value;
}

function and(left: boolean | null, right: () => boolean | null): boolean | null {
  if (left === false) return false;
  const other = right();
  return other === false ? false : left === null || other === null ? null : true;
}

function isIn(value: SqlValue, choices: readonly Expression[], subject: RuleSubject): boolean | null {
  const results = choices.map((choice) => compare('=', value, evaluate(choice, subject)));
  return results.includes(true) ? true : results.includes(null) ? null : false;
}

function like(
  { operand, pattern, escape }: Extract<Expression, { kind: 'like' }>,
  subject: RuleSubject,
): boolean | null {
  const text = evaluate(operand, subject);
  const wanted = evaluate(pattern, subject);
  const escaping = escape === undefined ? undefined : evaluate(escape, subject);
  if (typeof text !== 'string' || typeof wanted !== 'string' || escaping === null) return null;
  if (escaping !== undefined && (typeof escaping !== 'string' || escaping.length !== 1))
    throw new RuleError('What stands behind ESCAPE must be one character.');
  return isLike(text, wanted, escaping);
}

function namedProperty(name: SqlValue, subject: RuleSubject): SqlValue {
  if (name === null) return null;
  if (typeof name !== 'string') throw new RuleError('property(name) takes a text.');
  return propertyValue({ kind: 'property', scope: 'user', name }, subject.fields());
}
